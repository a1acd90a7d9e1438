// While a file is read: move the bar along, and show the verdicts once they are there. The page is not loaded anew
// before that, which would take people away from where they are in it.
const pause = 2000;
const bar = document.querySelector("progress");

async function look() {
  const answer = await fetch(location.href).catch(() => null); // away for a moment: ask again
  if (answer?.ok) {
    const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("progress");
    if (!now) {
      location.reload();
      return;
    }
    bar.value = now.value;
  }
  setTimeout(look, pause);
}

setTimeout(look, pause);
