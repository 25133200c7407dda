// Goes on to the application as soon as the others have been told; without this file the browser does it by itself.

const LONGEST_WAIT = 4000;
const { href } = document.getElementById('signed-out-next');

/** The way back leads to no page that has nothing more to tell. */
function goOn() {
  location.replace(href);
}

// It comes when all frames are loaded, and never when one of them does not answer.
addEventListener('load', goOn, { once: true });
setTimeout(goOn, LONGEST_WAIT);
