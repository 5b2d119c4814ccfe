/* A recall question. Everything happens here, so it answers without a kernel.
   The data comes from quiz_view.py: its texts are safe HTML, made by markup.py. numerals.js stands in front. */

(() => {
  "use strict";

  function mount(root) {
    const question = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
    const form = element("form");
    form.noValidate = true;
    const answers = question.kind === "number" ? numberField(question) : choices(question);
    const verdict = element("p", "course-quiz-verdict");
    verdict.setAttribute("role", "status");
    form.append(frame(question, answers.nodes), actions(verdict));
    keepKeys(form);
    const forget = () => {
      answers.clear();
      show(verdict, null);
    };
    form.addEventListener("input", forget);
    form.addEventListener("reset", () => {
      forget();
      form.querySelector("input").focus();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      show(verdict, answers.judge());
    });
    root.querySelectorAll(":scope > :not(style, script)").forEach((node) => node.remove());
    root.prepend(form);
  }

  /* JupyterLab takes arrow keys, Enter and letters for its own commands unless the focused element itself
     objects; Enter submits. */
  function keepKeys(form) {
    form.querySelectorAll("input, button").forEach((control) => {
      control.dataset.lmSuppressShortcuts = "true";
    });
    form.querySelectorAll("input").forEach((input) => {
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        form.requestSubmit();
      });
    });
  }

  function frame(question, nodes) {
    const fieldset = element("fieldset");
    const legend = element("legend", "", `<strong>Question.</strong> ${question.text}`);
    fieldset.append(legend, element("p", "course-quiz-instruction", question.instruction), ...nodes);
    return fieldset;
  }

  function actions(verdict) {
    const row = element("div", "course-quiz-actions");
    const check = element("button", "course-quiz-check", "Check answer");
    const again = element("button", "course-quiz-again", "Try again");
    check.type = "submit";
    again.type = "reset";
    row.append(check, again, verdict);
    return row;
  }

  /* Single and multiple choice: a row an option, with its own feedback below it. */
  function choices({ kind, options }) {
    const name = `course-quiz-${Math.random().toString(36).slice(2)}`;
    const rows = options.map((option, place) => choice(kind, name, option, place));
    const clear = () => rows.forEach(({ feedback }) => show(feedback, null));
    const judge = () => {
      clear();
      const chosen = rows.filter(({ input }) => input.checked);
      if (!chosen.length) return { state: "open", text: "Choose an answer first." };
      chosen.forEach(({ option, feedback }) => show(feedback, { state: stateOf(option.right), text: option.feedback }));
      return kind === "single" ? verdictOf(chosen[0].option.right) : judgeSet(rows, chosen);
    };
    return { nodes: rows.map(({ node }) => node), judge, clear };
  }

  function choice(kind, name, option, place) {
    const node = element("div", "course-quiz-option");
    const label = element("label");
    const input = element("input");
    input.type = kind === "single" ? "radio" : "checkbox";
    input.name = name;
    const feedback = element("p", "course-quiz-feedback");
    feedback.id = `${name}-${place}`;
    feedback.setAttribute("aria-live", "polite");
    input.setAttribute("aria-describedby", feedback.id);
    label.append(input, element("span", "", option.text));
    node.append(label, feedback);
    return { node, input, option, feedback };
  }

  /* Several answers: say how many are still missing; explain the left-out ones only when all is right. */
  function judgeSet(rows, chosen) {
    const wrong = chosen.filter(({ option }) => !option.right).length;
    const missing = rows.filter(({ option, input }) => option.right && !input.checked).length;
    if (!wrong && !missing) {
      rows
        .filter(({ input }) => !input.checked)
        .forEach(({ option, feedback }) => show(feedback, { state: "left", text: option.feedback }));
      return verdictOf(true);
    }
    const parts = [];
    if (wrong) parts.push(`${wrong} of your choices ${wrong === 1 ? "is" : "are"} wrong`);
    if (missing) parts.push(`${missing} right ${missing === 1 ? "answer is" : "answers are"} missing`);
    return { state: "wrong", text: `${parts.join(" and ")}.` };
  }

  /* What cannot be read is told, and is never called wrong. */
  function numberField(question) {
    const node = element("div", "course-quiz-field");
    const label = element("label");
    const input = element("input");
    Object.assign(input, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false, maxLength: 60 });
    label.append(element("span", "", "Your answer"), input);
    if (question.unit) {
      const behind = element("span", "course-quiz-unit");
      behind.textContent = question.unit;
      label.append(behind);
    }
    node.append(label);
    const clear = () => input.removeAttribute("aria-invalid");
    const judge = () => {
      const read = readNumber(input.value, question.unit);
      if (read.fault) input.setAttribute("aria-invalid", "true");
      return judgeNumber(read, input.value, question);
    };
    return { nodes: [node], judge, clear };
  }

  function judgeNumber({ value, other, empty, fault }, text, { answer, tolerance, right, wrong, mistakes }) {
    if (empty) return { state: "open", text: "Type a number first." };
    if (fault) return { state: "open", text: `${asHtml(fault)}.` };
    const near = (given, wanted) => Math.abs(given - wanted) <= tolerance + 1e-9 * Math.max(1, Math.abs(wanted));
    if (near(value, answer)) return { state: "right", text: right };
    const taken = other === undefined ? "" : `“${asHtml(text.trim())}” was read as ${value}. `;
    if (taken && near(other, answer)) return { state: "open", text: `${taken}If you mean ${other}, write ${other}.` };
    const mistake = mistakes.find((each) => near(value, each.answer));
    return { state: "wrong", text: taken + (mistake ? mistake.feedback : wrong) };
  }

  const asHtml = (text) => text.replace(/[&<>]/g, (sign) => `&#${sign.codePointAt(0)};`);

  const SYMBOLS = { right: "✓", wrong: "✗", open: "…", left: "○" };
  const WORDS = { right: "Right.", wrong: "Not right yet.", open: "", left: "Rightly left out." };

  const stateOf = (right) => (right ? "right" : "wrong");
  const verdictOf = (right) => ({ state: stateOf(right), text: "" });

  function show(node, message) {
    node.dataset.state = message ? message.state : "";
    if (!message) return node.replaceChildren();
    const symbol = element("span", "course-quiz-symbol", SYMBOLS[message.state]);
    symbol.setAttribute("aria-hidden", "true");
    const word = WORDS[message.state] ? `<strong>${WORDS[message.state]}</strong> ` : "";
    node.replaceChildren(symbol, element("span", "", word + message.text));
  }

  function element(tag, className = "", html = "") {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.innerHTML = html;
    return node;
  }

  mount(document.currentScript.closest(".course-quiz"));
})();
