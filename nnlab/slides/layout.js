// Lays slides out before the show begins. Type is never smaller than 24 pixels on a slide of 1280 by
// 720: what does not fit goes on to a further slide.

const TEXT_SIZES = [32, 28, 26, 24]; // pixels; code is a little smaller, but never under 24
const SLACK = 1; // pixels that rounding may cost

/** Lay out all slides of a deck. */
function layOut(slides) {
  const stage = document.body.appendChild(document.createElement("div"));
  stage.className = "stage";
  for (const slide of slides.querySelectorAll(".slide")) arrange(slide, stage);
  stage.remove();
  // Of the answers to a question one is open at a time.
  for (const [number, question] of [...slides.querySelectorAll(".made")].entries()) {
    for (const answer of question.querySelectorAll("details")) answer.name = `answers-${number}`;
  }
}

function arrange(slide, stage) {
  const room = slide.querySelector(".room");
  if (!room) return;
  unwrap(room);
  // What a deck lacks of a figure is the speaker's business.
  for (const note of room.querySelectorAll(".nnlab-note")) {
    slide.querySelector(".notes").append(note.cloneNode(true));
  }
  for (const reset of room.querySelectorAll(".nnlab-button")) {
    reset.textContent = "↺"; // a word would take the width of a control
    reset.ariaLabel = reset.title;
  }
  const heading = room.querySelector(":scope > :is(h1, h2, h3, h4)");
  if (heading) room.before(heading);
  const place = document.createComment("");
  slide.replaceWith(place);
  stage.append(slide);
  let last = slide;
  while (!fit(last) && (last = continued(last)));
  place.replaceWith(...stage.children);
}

/** Make every paragraph a block of its own; what was one fragment appears together. */
function unwrap(room) {
  let step = 0;
  for (const fragment of room.querySelectorAll(":scope > .fragment")) {
    const blocks = [...fragment.children].flatMap((one) => (one.matches(".text") ? [...one.children] : one));
    for (const block of blocks) {
      block.classList.add("fragment");
      block.dataset.fragmentIndex = step;
    }
    fragment.replaceWith(...blocks);
    step += 1;
  }
  for (const text of room.querySelectorAll(":scope > .text")) text.replaceWith(...text.children);
}

/** Choose the largest type with which a slide holds what it has to hold. */
function fit(slide) {
  const cells = [...slide.querySelectorAll(".cell")].filter(
    (cell) => cell.querySelector(":scope > .highlight") && cell.querySelector(":scope > .printed"),
  );
  // Where there is a picture, it has more use of the room than the largest type.
  const pictured = slide.querySelector(".live, figure") !== null;
  for (const size of pictured ? TEXT_SIZES.slice(1) : TEXT_SIZES) {
    setType(slide, size);
    for (const beside of cells.length ? [false, true] : [false]) {
      for (const cell of cells) cell.classList.toggle("beside", beside);
      if (holds(slide)) return true;
    }
  }
  for (const cell of cells) cell.classList.remove("beside");
  // Better a line of code in two than a word that nobody sees.
  slide.classList.add("wraps");
  if (holds(slide)) return true;
  slide.classList.remove("wraps");
  return false;
}

function setType(slide, size) {
  slide.style.setProperty("--size", `${size}px`);
}

/** Say whether a slide holds its blocks, whichever answer of a question is open. */
function holds(slide) {
  if (overflows(slide)) return false;
  for (const answer of slide.querySelectorAll("details")) {
    answer.open = true;
    const over = overflows(slide);
    answer.open = false;
    if (over) return false;
  }
  return true;
}

function overflows(slide) {
  const room = slide.querySelector(".room");
  const wide = [room, ...room.querySelectorAll("pre, table, .made, .maths-display")];
  return (
    room.scrollHeight > room.clientHeight + SLACK ||
    wide.some((one) => one.scrollWidth > one.clientWidth + SLACK)
  );
}

/**
 * Move blocks that do not fit to a new slide behind this one, and return it; null if nothing can be
 * moved. The slide that is left may still be too full: then a single block is too large.
 */
function continued(slide) {
  const next = slide.cloneNode(false);
  for (const part of slide.children) {
    next.append(part.matches(".room") ? part.cloneNode(false) : part.cloneNode(true));
  }
  next.dataset.continued = "";
  slide.after(next);
  const [from, to] = [slide, next].map((one) => one.querySelector(".room"));
  setType(slide, TEXT_SIZES.at(-1));
  do {
    if (!moveLast(from, to)) break;
  } while (!holds(slide));
  // A line that announces what follows stays with it.
  if (from.children.length > 1 && from.lastElementChild.matches("p") && /[:：]\s*$/.test(from.lastElementChild.textContent)) {
    to.prepend(from.lastElementChild);
  }
  fit(slide);
  if (to.children.length) return next;
  next.remove();
  return null;
}

/** Move the last block, or the last part of one that has parts; say whether there was more than one. */
function moveLast(from, to) {
  const block = from.lastElementChild;
  if (block.matches(".cell, ul, ol") && block.children.length > 1) {
    let rest = to.firstElementChild;
    if (rest?.dataset.partOf !== String(from.children.length)) {
      rest = block.cloneNode(false);
      rest.dataset.partOf = from.children.length;
      if (rest.matches("ol")) rest.start = block.start + block.children.length - 1;
      to.prepend(rest);
    } else if (rest.matches("ol")) {
      rest.start -= 1;
    }
    rest.prepend(block.lastElementChild);
    return true;
  }
  if (from.children.length < 2) return false;
  to.prepend(block);
  return true;
}
