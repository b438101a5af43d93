// A live figure whose pictures come from the kernel, one message for a question and one for an answer.
// The kernel keeps no state of the page: reloaded pages and second views need nothing more.

function kernelSource(model) {
  const questions = new Map();
  let asked = 0;

  function onAnswer(answer, buffers) {
    questions.get(answer.number)?.(toFrame(answer, buffers));
    questions.delete(answer.number);
  }

  model.on("msg:custom", onAnswer);
  return {
    frame: (position) =>
      new Promise((resolve) => {
        // Two views of one figure hear each other's answers, so a number is never used twice.
        const number = `${Math.random()} ${asked++}`;
        questions.set(number, resolve);
        model.send({ number, position });
      }),
    close: () => model.off("msg:custom", onAnswer),
  };
}

function toFrame(answer, buffers) {
  if (answer.problem) return answer;
  return { ...pictureFrame(buffers[0]), sentence: answer.sentence };
}

function pictureFrame(bytes) {
  const picture = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
  return { picture, release: () => URL.revokeObjectURL(picture) };
}

/** The part of the contract of anywidget that makes a view. */
function render({ model, el }) {
  const spec = model.get("spec");
  const start = { ...pictureFrame(model.get("picture")), sentence: spec.start.sentence };
  const source = kernelSource(model);
  const figure = mountFigure(el, { ...spec, start }, source);
  return () => {
    source.close();
    figure.destroy();
  };
}

export default { render };
