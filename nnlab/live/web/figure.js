// One live figure on a page: controls, picture and words. Where pictures come from, a kernel or a list
// rendered beforehand, is the business of a source.

const CACHED_FRAMES = 300; // about 10 MB
const WORKING_AFTER = 300; // milliseconds until the reader is told that it takes longer
const SILENT_AFTER = 10_000; // … and that perhaps nobody is at work any more

/**
 * Put a live figure into an element.
 *
 * @param root  Element to fill; what is in it is replaced.
 * @param spec  `{name, title, width, height, controls, tryThis, note, start: {picture, sentence}}`,
 *   width and height in CSS pixels.
 * @param source  `{frame(position)}` returns a frame or a promise of one: `{picture, sentence}`, or
 *   `{problem, advice, detail}` if there is no picture. `release()` of a frame is called when it is
 *   forgotten.
 * @returns `{destroy()}`
 */
function mountFigure(root, spec, source) {
  const view = makeView(root, spec);
  const controls = makeControls(spec.controls, () => want(controls.position()));
  view.controls.replaceWith(controls.element);
  const start = controls.position();
  const frames = new Map([[start.join(), spec.start]]); // the longest unseen first
  let wanted = start;
  let waiting = false;
  let gone = false;

  view.reset.addEventListener("click", () => {
    controls.set(start);
    want(start);
  });
  view.show(spec.start);
  return { destroy };

  function want(position) {
    wanted = position;
    const key = position.join();
    const known = frames.get(key);
    if (known) {
      frames.delete(key);
      frames.set(key, known);
      view.show(known);
    } else if (!waiting) {
      ask(position);
    }
  }

  /** Ask for one frame at a time: what was passed over in a drag is never asked for. */
  function ask(position) {
    const answer = source.frame(position);
    if (typeof answer.then !== "function") {
      receive(position, answer);
      return;
    }
    waiting = true;
    const stop = view.startWaiting();
    answer
      .catch((error) => ({
        problem: "The kernel did not answer.",
        advice: "If it was restarted, run this cell again.",
        detail: String(error),
        passing: true, // asked again, it may
      }))
      .then((frame) => {
        waiting = false;
        stop();
        if (!gone) receive(position, frame);
      });
  }

  function receive(position, frame) {
    if (!frame.passing) remember(position.join(), frame);
    // In a drag every picture that arrives is shown, unless a known one already answered the move.
    if (wanted === position || !frames.has(wanted.join())) view.show(frame);
    if (wanted !== position && !frames.has(wanted.join())) ask(wanted);
  }

  function remember(key, frame) {
    frames.set(key, frame);
    for (const [oldest, old] of frames) {
      if (frames.size <= CACHED_FRAMES) break;
      frames.delete(oldest);
      old.release?.();
    }
  }

  function destroy() {
    gone = true;
    for (const frame of frames.values()) frame.release?.();
    frames.clear();
  }
}

/** Build the elements of a figure and return what changes in them. */
function makeView(root, spec) {
  const image = make("img", {
    class: "nnlab-picture", width: spec.width, height: spec.height, decoding: "sync", alt: "",
  });
  const caption = make("p", { class: "nnlab-caption", role: "status" });
  const sign = make("span", { class: "nnlab-sign", role: "status" });
  const reset = make(
    "button",
    { type: "button", class: "nnlab-button", title: `Put every control of “${spec.title}” back` },
    "↺ Reset",
  );
  const controls = make("div");
  root.classList.add("nnlab-live");
  root.style.setProperty("--nnlab-width", spec.width);
  root.style.setProperty("--nnlab-ratio", spec.width / spec.height);
  root.addEventListener("keydown", keepFromThePage);
  root.replaceChildren(
    make("div", { class: "nnlab-title", role: "heading", "aria-level": 3 }, spec.title),
    controls,
    ...(spec.note ? [make("p", { class: "nnlab-note" }, spec.note)] : []),
    image,
    caption,
    make("div", { class: "nnlab-buttons" }, reset, sign),
    make("div", { class: "nnlab-try" },
      make("strong", {}, "Try this"),
      make("ul", {}, ...spec.tryThis.map((line) => make("li", {}, line))),
    ),
  );
  return { controls, reset, show, startWaiting };

  function show(frame) {
    if (frame.problem) {
      image.style.visibility = "hidden";
      image.alt = "";
      caption.replaceChildren(
        make("strong", {}, frame.problem), ` ${frame.advice} `, make("small", {}, frame.detail),
      );
    } else {
      image.style.visibility = "visible";
      image.src = frame.picture;
      image.alt = frame.sentence;
      caption.textContent = frame.sentence;
    }
    // The sentence may grow, which moves what stands below once; it never moves back.
    caption.style.minHeight = `${caption.offsetHeight}px`;
  }

  function startWaiting() {
    const timers = [
      setTimeout(() => (sign.textContent = "working…"), WORKING_AFTER),
      setTimeout(
        () => (sign.textContent = "still no answer; if the kernel was restarted, run this cell again"),
        SILENT_AFTER,
      ),
    ];
    return () => {
      timers.forEach(clearTimeout);
      sign.textContent = "";
    };
  }
}
