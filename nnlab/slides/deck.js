// Runs a deck: lays it out, starts reveal.js, and lets keys and figures share the keyboard.

{
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = asked.get("theme") ?? (dark ? "dark" : "light");
  layOut(document.querySelector(".slides"));
  if (asked.has("handout")) {
    root.dataset.theme = "light";
    makeHandout(asked.get("handout") === "notes");
  } else {
    present();
  }

  function present() {
    Reveal.initialize({
      width: 1280,
      height: 720,
      margin: 0,
      center: false,
      controls: false,
      display: "flex",
      hash: true,
      navigationMode: "linear",
      progress: true,
      slideNumber: "c/t",
      transition: "none",
      totalTime: 60 * Number(document.body.dataset.minutes),
      plugins: [RevealNotes],
    });
    Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Dark or light" }, () => {
      root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    });
    for (const button of document.querySelectorAll("[data-turn]")) {
      button.addEventListener("click", () => turn(button.dataset.turn));
    }
    // The next slide must not be steered by a control of the last one.
    Reveal.on("slidechanged", () => document.activeElement?.blur());
    addEventListener("keydown", turnFromAControl, true);
  }

  function turn(way) {
    document.activeElement?.blur();
    Reveal[way]();
  }

  /** Arrow keys move the slider that has the focus; the keys of a presenter always turn the slide. */
  function turnFromAControl(event) {
    const way = { PageDown: "next", PageUp: "prev" }[event.key];
    const focused = event.target.closest?.("input, select, button, summary");
    if (!focused || event.ctrlKey || event.metaKey || event.altKey) return;
    if (way) {
      event.preventDefault();
      event.stopPropagation();
      turn(way);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      focused.blur();
    }
  }

  /** Put two slides on a sheet of paper, each with its notes if they are wanted. */
  function makeHandout(withNotes) {
    root.classList.add("handout");
    const sheets = [...document.querySelectorAll(".slide")].map((slide, number) => {
      const sheet = document.createElement("article");
      const frame = document.createElement("div");
      frame.className = "frame";
      frame.append(slide);
      sheet.append(frame);
      const notes = slide.querySelector(".notes");
      if (withNotes && !("continued" in slide.dataset)) {
        notes.className = "said";
        sheet.append(notes);
      } else {
        notes.remove();
      }
      const count = document.createElement("p");
      count.className = "count";
      count.textContent = number + 1;
      sheet.append(count);
      return sheet;
    });
    document.body.replaceChildren(...sheets);
  }
}
