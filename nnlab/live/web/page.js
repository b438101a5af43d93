// A live figure on a page without a kernel. Its pictures were drawn beforehand and stand beside it.

mountStoredFigure(document.currentScript.parentElement);

function mountStoredFigure(figure) {
  const content = figure.querySelector('script[type="application/json"]').textContent;
  const { spec, stored } = JSON.parse(content);
  const source = storedSource(spec.controls.map(({ texts }) => texts.length), stored);
  const start = source.frame(spec.controls.map((control) => control.start));
  const root = figure.querySelector(".nnlab-live");
  // A page may hold many figures. Only one that is about to be used decodes pictures in advance.
  for (const event of ["focusin", "pointerover"]) {
    root.addEventListener(event, source.wake, { once: true });
  }
  mountFigure(root, { ...spec, start }, source);
}

/** Make a source of the frames on the page; the last control is the fastest in their order. */
function storedSource(counts, { pictures, frames }) {
  let ahead = new Map(); // images that the browser is to have decoded, by number of their picture
  let present = [];
  let awake = false;

  return { frame, wake };

  function frame(position) {
    present = position;
    if (awake) decodeAround();
    const { picture, ...words } = at(position);
    return picture === undefined ? words : { ...words, picture: toUrl(picture) };
  }

  function wake() {
    awake = true;
    decodeAround();
  }

  function at(position) {
    return frames[position.reduce((place, index, number) => place * counts[number] + index, 0)];
  }

  function toUrl(picture) {
    return `data:image/webp;base64,${pictures[picture]}`;
  }

  /** Have the pictures decoded that are one move away, and forget the others. */
  function decodeAround() {
    const numbers = neighbours(present, counts).map((position) => at(position).picture);
    ahead = new Map(
      numbers
        .filter((number) => number !== undefined)
        .map((number) => [number, ahead.get(number) ?? decoded(toUrl(number))]),
    );
  }
}

function neighbours(position, counts) {
  return position.flatMap((index, number) =>
    [index - 1, index + 1]
      .filter((next) => next >= 0 && next < counts[number])
      .map((next) => position.with(number, next)),
  );
}

function decoded(url) {
  const image = new Image();
  image.src = url;
  // It is only a head start. A picture that cannot be decoded shows as broken once it is wanted.
  image.decode().catch(() => {});
  return image;
}
