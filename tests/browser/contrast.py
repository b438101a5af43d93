"""Text that does not stand out from its ground, by WCAG 2."""

_WEAK = """(root, least) => {
    const channels = color => color.match(/[\\d.]+/g).map(Number);
    const light = color => channels(color).slice(0, 3).map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = element => {
        for (let e = element; e; e = e.parentElement) {
            const color = getComputedStyle(e).backgroundColor;
            if ((channels(color)[3] ?? 1) > 0.99) return color;
        }
    };
    const weak = new Set();
    for (const element of root.querySelectorAll('*')) {
        const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
        if (!own || element.closest('script, style, .anchor, math')) continue;
        const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        const start = element.outerHTML.slice(0, 80);
        if (contrast < least) weak.add(`${start} ${contrast.toFixed(1)}`);
    }
    return [...weak];
}"""


def weak_text(locator, least):
    """Return the elements in one whose text has less contrast than that."""
    return locator.evaluate(f"root => ({_WEAK})(root, {least})")
