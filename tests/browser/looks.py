"""Whether what is on the screen can be read."""

READABLE = 4.5  # contrast that WCAG 2 asks of text of ordinary size

# The ground is that of the first ancestor that is not transparent; the text may let it through.
_CONTRAST = """element => {
    const numbers = color => color.match(/[\\d.]+/g).map(Number);
    const luminance = rgb => {
        const [r, g, b] = rgb.map(value => {
            const part = value / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    let below = element;
    while (numbers(getComputedStyle(below).backgroundColor)[3] === 0) below = below.parentElement;
    const ground = numbers(getComputedStyle(below).backgroundColor).slice(0, 3);
    const [r, g, b, alpha = 1] = numbers(getComputedStyle(element).color);
    const ink = [r, g, b].map((value, part) => alpha * value + (1 - alpha) * ground[part]);
    const [dark, light] = [luminance(ink), luminance(ground)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
}"""

_CORNERS = """image => {
    const canvas = document.createElement('canvas');
    const {naturalWidth: width, naturalHeight: height} = image;
    [canvas.width, canvas.height] = [width, height];
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    return [[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]]
        .map(([x, y]) => [...pen.getImageData(x, y, 1, 1).data]);
}"""


def assert_readable(text):
    """The colour of a text stands out from what is behind it."""
    assert text.evaluate(_CONTRAST) >= READABLE, text.text_content()


def assert_white(image):
    """The corners of a picture are white and opaque."""
    assert image.evaluate(_CORNERS) == [[255, 255, 255, 255]] * 4
