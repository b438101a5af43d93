// A network in training: the kernel trains and sends pictures, this page asks for things and says
// whether somebody can see it. A picture is acknowledged once it is on the screen; until then the kernel
// sends no other, so nothing piles up.

const NO_ANSWER_AFTER = 4_000; // milliseconds
const IN_TRAINING = "The network is being trained. Pause to hear where it is.";
const NO_ANSWER = "The kernel does not answer. It may be busy; if it was restarted, run this cell again.";

/** The part of the contract of anywidget that makes a view. */
function render({ model, el }) {
  const kernel = connect(model);
  const stop = mountPlayground(el, model.get("spec"), model.get("picture"), kernel);
  return () => {
    stop();
    kernel.close();
  };
}

/** Wrap the model: requests with answers, reports of the kernel, and a watch over its silence. */
function connect(model) {
  const view = newId();
  const waiting = new Map(); // what to do when a request is answered, by its id
  const listeners = { report: () => {}, silence: () => {} };
  let asked = 0;
  let expected = false; // whether something should come even if nothing is asked
  let timer;

  model.on("msg:custom", receive);
  return {
    listeners,
    tell: (request) => send({ view, ...request }),
    ask: (request, then = () => {}) => {
      const id = `${view} ${asked++}`;
      waiting.set(id, then);
      watch();
      send({ id, view, ...request });
    },
    expect: (more) => {
      expected = more;
      watch();
    },
    close: () => {
      clearTimeout(timer);
      model.off("msg:custom", receive);
    },
  };

  function send(request) {
    try {
      model.send(request);
    } catch {
      giveUp(); // the kernel was restarted, so there is nobody to send to
    }
  }

  function receive(content, buffers) {
    if (content.done === undefined) {
      listeners.report(content, buffers);
    } else {
      waiting.get(content.done)?.(content);
      waiting.delete(content.done);
    }
    watch();
  }

  /** Begin to wait anew. */
  function watch() {
    clearTimeout(timer);
    if (expected || waiting.size) timer = setTimeout(giveUp, NO_ANSWER_AFTER);
  }

  function giveUp() {
    clearTimeout(timer);
    expected = false;
    for (const then of waiting.values()) then({});
    waiting.clear();
    listeners.silence();
  }
}

/** Fill an element with a playground and return what removes it. */
function mountPlayground(root, spec, firstPicture, kernel) {
  const view = makeView(root, spec, {
    toggle: () => command(() => (playing ? "pause" : "play")),
    step: () => command(() => "step"),
    restart: () => command(() => "restart"),
    reset: () => command(() => "reset"),
    speed: (index) => kernel.ask({ do: "speed", speed: index }),
    change,
  });
  let playing = false;
  let changing = false; // whether a change of the settings is on its way
  let newest = null; // settings that are still to be sent
  let commanding = false; // whether a command is on its way
  let next = null; // the command after it: no press is lost, and holding Enter piles up no steps

  kernel.listeners.report = onReport;
  kernel.listeners.silence = () => {
    setPlaying(false);
    view.say(NO_ANSWER);
  };
  view.show(firstPicture, () => {});
  view.setSentence(spec.sentence, playing);
  kernel.ask({ do: "enter" });
  const stopWatching = watchSight(root, (seen) => {
    kernel.tell({ do: "watch", seen });
    kernel.expect(playing && seen);
  });
  return () => {
    stopWatching();
    kernel.tell({ do: "leave" });
    view.release();
  };

  /** Send one command at a time; of those that come meanwhile the last one waits. */
  function command(name) {
    next = name;
    if (commanding) return;
    commanding = true;
    next = null;
    kernel.ask({ do: name() }, ({ problem }) => {
      commanding = false;
      if (problem) view.say(problem);
      if (next) command(next);
    });
  }

  /** Send one change at a time: what was passed over in a drag is never sent. */
  function change(position) {
    newest = position;
    if (changing) return;
    changing = true;
    newest = null;
    kernel.ask({ do: "change", position }, ({ problem }) => {
      changing = false;
      if (problem) view.say(problem);
      if (newest) change(newest);
    });
  }

  function onReport(report, buffers) {
    setPlaying(report.playing);
    view.setSpeed(report.speed);
    // While the reader moves a control, where it stands is the reader's business.
    if (!changing) view.setPosition(report.position);
    view.setSentence(report.sentence, playing);
    if (report.message || view.said() === NO_ANSWER) view.say(report.message);
    if (buffers.length) {
      view.show(buffers[0], () => kernel.tell({ do: "acknowledge", number: report.number }));
    }
  }

  function setPlaying(now) {
    playing = now;
    view.setPlaying(now);
    kernel.expect(now && view.inSight());
  }
}

/** Tell whether an element can be seen, whenever that changes. */
function watchSight(element, tell) {
  let onScreen = true;
  let seen = true;
  const look = () => {
    const now = onScreen && !document.hidden;
    if (now !== seen) tell((seen = now));
    element.inSight = seen;
  };
  const observer = new IntersectionObserver((entries) => {
    onScreen = entries.at(-1).isIntersecting;
    look();
  });
  element.inSight = true;
  observer.observe(element);
  document.addEventListener("visibilitychange", look);
  return () => {
    observer.disconnect();
    document.removeEventListener("visibilitychange", look);
  };
}

function makeView(root, spec, on) {
  const image = make("img", {
    class: "nnlab-picture", width: spec.width, height: spec.height, decoding: "sync", alt: "",
  });
  const caption = make("p", { class: "nnlab-caption" });
  // Announced; the caption is not, it changes many times a second.
  const status = make("p", { class: "nnlab-status", role: "status" });
  const play = makeButton("", "", on.toggle);
  const groups = spec.groups.map((group) => ({
    ...group, ...makeControls(group.controls, () => on.change(position())),
  }));
  const speed = makeControls(
    [{ label: "Speed", kind: "choice", texts: spec.speeds, start: spec.speed }],
    () => on.speed(speed.position()[0]),
  );
  let url = "";
  const passed = []; // addresses of pictures before it, until it is on the screen

  root.classList.add("nnlab-live", "nnlab-playground");
  root.style.setProperty("--nnlab-width", spec.width);
  root.style.setProperty("--nnlab-ratio", spec.width / spec.height);
  root.addEventListener("keydown", keepFromThePage);
  root.replaceChildren(
    make("div", { class: "nnlab-title", role: "heading", "aria-level": 3 }, spec.title),
    make("div", { class: "nnlab-desk" },
      make("div", { class: "nnlab-columns" }, ...groups.map(makeColumn)),
      make("div", { class: "nnlab-screen" },
        make("div", { class: "nnlab-buttons" },
          play,
          makeButton("Step", "Make one update", on.step),
          makeButton("Start over", "A new network under these settings", on.restart),
          makeButton("↺ Reset", "The first picture and the first settings", on.reset),
          speed.element,
        ),
        status,
        image,
        caption,
      ),
    ),
    make("div", { class: "nnlab-try" },
      make("strong", {}, "Try this"),
      make("ul", {}, ...spec.tryThis.map((line) => make("li", {}, line))),
    ),
  );
  setPlaying(false);
  return {
    show, setSentence, setPlaying, setPosition, release,
    setSpeed: (index) => speed.set([index]),
    inSight: () => root.inSight,
    say: (text) => (status.textContent = text),
    said: () => status.textContent,
  };

  function position() {
    return groups.flatMap((group) => group.position());
  }

  function setPosition(wanted) {
    let first = 0;
    for (const group of groups) {
      group.set(wanted.slice(first, first + group.controls.length));
      first += group.controls.length;
    }
  }

  function setPlaying(playing) {
    const text = playing ? "‖ Pause" : "▶ Play";
    if (play.textContent !== text) play.textContent = text;
    play.title = playing ? "Stop training" : "Train, and go on until you pause";
  }

  function setSentence(sentence, playing) {
    caption.textContent = sentence;
    image.alt = playing ? IN_TRAINING : sentence;
    // The sentence may grow, which moves what stands below once; it never moves back.
    caption.style.minHeight = `${caption.offsetHeight}px`;
  }

  function show(bytes, then) {
    if (url) passed.push(url);
    url = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    // A picture that the next one overtakes is never loaded: its address goes with the others.
    image.onload = image.onerror = () => {
      passed.splice(0).forEach((old) => URL.revokeObjectURL(old));
      then();
    };
    image.src = url;
  }

  function release() {
    image.onload = image.onerror = null;
    [...passed, url].forEach((old) => URL.revokeObjectURL(old));
  }
}

function makeButton(text, title, onClick) {
  const button = make("button", { type: "button", class: "nnlab-button", title }, text);
  button.addEventListener("click", onClick);
  return button;
}

function makeColumn(group) {
  return make("fieldset", { class: "nnlab-column" }, make("legend", {}, group.title), group.element);
}

export default { render };
