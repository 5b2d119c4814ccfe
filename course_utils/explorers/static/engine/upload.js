// A picture of one's own: chosen by a button, or dropped. The kernel reads it and answers in the trait `upload`; the
// Python half is engine/uploads.py.

import { html, setText, uniqueId } from "./dom.js";

const INVITATION = "or drop a file here. It goes to the kernel of this notebook and nowhere else.";
const NOT_COPIED = "Copy state does not carry your own picture.";
const KERNEL_SLOW_MS = 4000;

export function pictureUpload(frame) {
  const upload = new Upload(frame);
  frame.on("change:upload", () => upload.receive(frame.model.get("upload")));
  return upload;
}

class Upload {
  constructor(frame) {
    this.frame = frame;
    const words = uniqueId("upload");
    this.input = html("input", { type: "file", accept: "image/*", hidden: true, tabindex: -1, onchange: () => this.chosen() });
    this.button = html("button", { type: "button", "aria-describedby": words, onclick: () => this.input.click() }, "Your own picture …");
    this.words = html("p", { class: "course-upload-words", id: words, role: "status" }, INVITATION);
    this.fault = html("p", { class: "course-fault", role: "alert", hidden: true });
    this.element = html("div", { class: "course-upload" }, this.input, this.button, this.words, this.fault);
    this.listenToDrops();
    const last = frame.model.get("upload");
    if (last.id) this.receive(last);
  }

  chosen() {
    const [file] = this.input.files;
    if (file) this.take(file);
    this.input.value = ""; // so that the same file can be chosen again
  }

  listenToDrops() {
    const { element } = this;
    const over = (isOver) => (event) => {
      event.preventDefault(); // else the browser leaves the page and shows the file
      event.stopPropagation();
      element.classList.toggle("course-upload-over", isOver);
    };
    element.addEventListener("dragenter", over(true));
    element.addEventListener("dragover", over(true));
    element.addEventListener("dragleave", over(false));
    element.addEventListener("drop", (event) => {
      over(false)(event);
      const [file] = event.dataTransfer.files;
      if (file) this.take(file);
      else this.refuse("That was no file. Save the picture on your machine first, then drop the file here.");
    });
  }

  async take(file) {
    const { mostBytes } = this.frame.spec.upload;
    if (file.size > mostBytes) {
      const megabytes = (bytes) => Math.ceil(bytes / 1e6);
      return this.refuse(`${file.name} has ${megabytes(file.size)} MB, and at most ${megabytes(mostBytes)} MB are taken. Make the picture smaller and try again.`);
    }
    try {
      this.send(file.name, await file.arrayBuffer());
    } catch (error) {
      this.refuse(`${file.name} could not be sent (${error.message}). A folder cannot be taken; if it is a file, run the cell again.`);
    }
  }

  send(name, bytes) {
    const { partBytes } = this.frame.spec.upload;
    const parts = Math.max(1, Math.ceil(bytes.byteLength / partBytes));
    this.sent = uniqueId("picture");
    this.tell(`Reading ${name} …`);
    for (let part = 0; part < parts; part += 1) {
      const content = { kind: "picture", id: this.sent, name, part, parts };
      this.frame.model.send(content, undefined, [bytes.slice(part * partBytes, (part + 1) * partBytes)]);
    }
    this.waiting = setTimeout(() => this.tell(`${name} is sent. The kernel is busy with a cell; or it was restarted, then run this cell again.`), KERNEL_SLOW_MS);
  }

  // With two views of one explorer, both say what became of the file.
  receive({ id, name, note, fault }) {
    if (this.sent && this.sent !== id) return; // a newer one is on its way
    this.sent = null;
    if (fault) this.refuse(`${name}: ${fault}`);
    else this.tell(`${name}: ${note}. ${NOT_COPIED}`);
  }

  tell(words) {
    clearTimeout(this.waiting);
    this.fault.hidden = true;
    setText(this.fault, "");
    setText(this.words, words);
  }

  refuse(sentence) {
    this.tell(INVITATION);
    this.fault.hidden = false;
    setText(this.fault, sentence);
  }
}
