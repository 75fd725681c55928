// Runs once, when the conversation is on the page. `element`, `trigger` and `watch` come from Gradio.

const panel = document.createElement("dialog");
panel.className = "panel";
panel.setAttribute("aria-label", "The words of the document");
panel.innerHTML =
  '<div class="bar"><p>The words of the document</p><button type="button" class="close">Close</button></div>' +
  '<div class="page" tabindex="0"></div>';
document.body.append(panel);
const page = panel.querySelector(".page");

// Escape closes a dialog by itself; the browser gives the focus back to the marker.
panel.querySelector(".close").addEventListener("click", () => panel.close());
panel.addEventListener("click", (event) => {
  if (event.target === panel) panel.close();
});

async function openPanel(link) {
  page.textContent = "One moment …";
  panel.showModal();
  try {
    const answer = await fetch(link.href);
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    page.replaceChildren(...read.querySelector("main").childNodes);
  } catch {
    page.textContent = "The document cannot be reached just now. Close this and try once more.";
    return;
  }
  const quote = page.querySelector("mark");
  if (quote) quote.scrollIntoView({ block: "center" });
  else page.scrollTop = 0;
  panel.querySelector(".close").focus({ preventScroll: true });
}

async function copyNote(button) {
  const box = button.closest("details");
  const note = box.querySelector(".draft");
  try {
    await navigator.clipboard.writeText(note.textContent);
  } catch {
    // Outside https the clipboard may be closed to scripts: select the note and copy the old way.
    const range = document.createRange();
    range.selectNodeContents(note);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    if (!document.execCommand("copy")) {
      box.querySelector(".copied").textContent = "The note is selected: copy it with your keyboard or menu";
      return;
    }
    selection.removeAllRanges();
  }
  box.querySelector(".copied").textContent = "Copied";
}

function send(button) {
  trigger("select", { say: button.dataset.say });
}

element.addEventListener("click", (event) => {
  const link = event.target.closest("a.cite, a[data-panel]");
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey);
  if (link && plain) {
    event.preventDefault();
    openPanel(link);
  }
  const copy = event.target.closest("button.copy");
  if (copy) copyNote(copy);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-say]");
  if (button) send(button);
});

// The focus goes to the new turn, or back to the question box for a new conversation. While an answer is being written
// it stays where the reader is.
let turns = 0;
watch("value", () => {
  const asked = [...element.querySelectorAll(".turn h2")];
  const isNew = asked.length !== turns;
  turns = asked.length;
  if (!turns) {
    document.querySelector("#question textarea").focus();
    return;
  }
  const last = asked.at(-1);
  if (!isNew && element.querySelector(".writing")) return;
  last.focus({ preventScroll: true });
  if (isNew) last.closest(".turn").scrollIntoView({ block: "start" });
});
