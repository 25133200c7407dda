// What scripts add; everything works without this file.

// A form is sent once, however often its button is pressed: the second answer would hide the first one.
const PAUSE = 3000;
for (const form of document.forms) {
  let sent = -PAUSE;
  form.addEventListener('submit', (event) => {
    if (event.timeStamp - sent < PAUSE) event.preventDefault();
    else sent = event.timeStamp;
  });
}

// Copy buttons stay hidden where nothing can be copied.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll('button[data-copy]')) {
    const source = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    const status = document.createElement('span');
    status.className = 'visually-hidden';
    status.setAttribute('role', 'status');
    button.after(status);
    button.hidden = false;
    let timer;
    button.addEventListener('click', async () => {
      let words = button.dataset.done;
      try {
        await navigator.clipboard.writeText(source.textContent);
      } catch {
        getSelection().selectAllChildren(source);
        words = button.dataset.failed;
      }
      button.textContent = status.textContent = words;
      clearTimeout(timer);
      timer = setTimeout(() => {
        button.textContent = label;
        status.textContent = '';
      }, 2500);
    });
  }
}
