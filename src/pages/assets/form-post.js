// Posts the answer of the form_post response mode to the client; without this file people press the button.
document.getElementById('form-post').submit();
