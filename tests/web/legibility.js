// What a person who sees little, or uses no mouse, would miss on a page: texts with a contrast below 4.5 (WCAG 2.1,
// 1.4.3), controls without a label or a name, pictures without a text, ids that stand twice. `texts` counts those looked at.
() => {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = ([...rgb]) => {
    const [r, g, b] = rgb.map((part) => { const v = part / 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const colour = numbers(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.99) return colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const written = [...document.querySelectorAll("header *, main *, body > footer *")].filter(
    (one) => one.getBoundingClientRect().width && [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
  const faint = written.filter((one) => {
    const front = light(numbers(getComputedStyle(one).color).slice(0, 3)), back = light(behind(one));
    return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05) < 4.5;
  });
  const said = (one) => one.getAttribute("aria-label") || one.textContent.trim() || one.querySelector("img[alt]");
  const bare = [...document.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((one) => !one.labels.length && !one.ariaLabel);
  const mute = [...document.querySelectorAll("a, button, summary")].filter((one) => !said(one));
  const blind = [...document.querySelectorAll("img:not([alt]), [role=img]:not([aria-label])")];
  const ids = [...document.querySelectorAll("[id]")];
  const twice = ids.filter((one) => ids.some((other) => other !== one && other.id === one.id));
  return { texts: written.length, faults: [...faint, ...bare, ...mute, ...blind, ...twice].map((one) => one.outerHTML.slice(0, 90)) };
}
