// Controls of a live figure, made of the browser's own inputs: with them keyboard, touch and screen
// readers work as everywhere else.

const MOST_RADIO_BUTTONS = 4;

/** Make an element with attributes and children; an attribute that is false is left out. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** An id that is not taken, also when one figure stands on a page twice. */
function newId() {
  return `nnlab-${Math.random().toString(36).slice(2, 12)}`;
}

/**
 * Make a group of controls.
 *
 * @param specs  One `{name, label, kind, texts, start}` per control; a control with one text is shown
 *   and cannot be moved.
 * @param onChange  Called after every move by the reader.
 * @returns `{element, position(), set(position)}`; a position is one index into `texts` per control.
 */
function makeControls(specs, onChange) {
  const controls = specs.map((spec) => MAKERS[spec.kind](spec, onChange));
  const element = make("div", { class: "nnlab-controls" }, ...controls.map((one) => one.row));
  // The longest text decides how wide the readouts are, or sliders would change their length.
  const texts = specs.filter(({ kind }) => kind === "slider").flatMap((spec) => spec.texts);
  const longest = Math.max(0, ...texts.map((text) => text.length));
  element.style.setProperty("--nnlab-readout", `${longest + 1}ch`);
  return {
    element,
    position: () => controls.map((one) => one.index()),
    set: (position) => controls.forEach((one, number) => one.set(position[number])),
  };
}

const MAKERS = { slider: makeSlider, choice: makeChoice, toggle: makeToggle };

function makeSlider({ label, texts, start }, onChange) {
  const id = newId();
  const input = make("input", {
    id, type: "range", min: 0, max: texts.length - 1, step: 1, disabled: texts.length < 2,
  });
  const readout = make("output", { for: id, "aria-hidden": "true" });
  const show = () => {
    readout.textContent = texts[input.value];
    input.setAttribute("aria-valuetext", texts[input.value]);
  };
  const set = (index) => {
    input.value = index;
    show();
  };
  set(start);
  input.addEventListener("input", () => {
    show();
    onChange();
  });
  const row = make("div", { class: "nnlab-row" }, make("label", { for: id }, label), input, readout);
  return { row, index: () => Number(input.value), set };
}

function makeChoice(spec, onChange) {
  return spec.texts.length > MOST_RADIO_BUTTONS
    ? makeList(spec, onChange)
    : makeRadioButtons(spec, onChange);
}

function makeRadioButtons({ label, texts, start }, onChange) {
  const group = newId();
  const inputs = texts.map((_, index) =>
    make("input", {
      type: "radio", name: group, value: index, checked: index === start, disabled: texts.length < 2,
    }),
  );
  const row = make(
    "div",
    { class: "nnlab-row", role: "radiogroup", "aria-labelledby": `${group}-label` },
    make("span", { id: `${group}-label`, class: "nnlab-label" }, label),
    make(
      "span",
      { class: "nnlab-options" },
      ...inputs.map((input, index) => make("label", {}, input, texts[index])),
    ),
  );
  row.addEventListener("change", onChange);
  return {
    row,
    index: () => inputs.findIndex((input) => input.checked),
    set: (index) => (inputs[index].checked = true),
  };
}

function makeList({ label, texts, start }, onChange) {
  const id = newId();
  const input = make(
    "select", { id }, ...texts.map((text, index) => make("option", { value: index }, text)),
  );
  input.value = start;
  input.addEventListener("change", onChange);
  const row = make("div", { class: "nnlab-row" }, make("label", { for: id }, label), input);
  return { row, index: () => Number(input.value), set: (index) => (input.value = index) };
}

function makeToggle({ label, texts, start }, onChange) {
  // Where one state is all there is (a page without a kernel), its text says which.
  const single = texts.length < 2;
  const input = make("input", {
    type: "checkbox", checked: single ? texts[0] === "on" : start === 1, disabled: single,
  });
  input.addEventListener("change", onChange);
  const row = make(
    "div", { class: "nnlab-row" }, make("span"), make("label", {}, input, label),
  );
  return {
    row,
    index: () => (single ? 0 : Number(input.checked)),
    set: (index) => {
      if (!single) input.checked = index === 1;
    },
  };
}

/**
 * Keys pressed in a figure must not also reach the page: in JupyterLab "d d" deletes a cell, in a slide
 * deck the arrows turn the slide. Commands such as Ctrl+S and Shift+Enter still do.
 */
function keepFromThePage(event) {
  const command = event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape";
  const run = event.shiftKey && event.key === "Enter";
  if (!command && !run) event.stopPropagation();
}
