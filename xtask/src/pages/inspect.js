// Evaluated on a finished page: everything a person could stumble over, as a list
// of sentences. Empty when all is well.
(() => {
  const faults = [];
  const fault = (text) => faults.push(text);

  const ids = new Set();
  for (const { id } of document.querySelectorAll("[id]")) {
    if (ids.has(id)) fault(`id ${id} occurs twice`);
    ids.add(id);
  }
  for (const link of document.querySelectorAll("a")) {
    const target = link.getAttribute("href");
    if (!target.startsWith("#") || !ids.has(target.slice(1))) fault(`link to ${target}`);
  }
  for (const element of document.querySelectorAll("[aria-labelledby]")) {
    if (!ids.has(element.getAttribute("aria-labelledby"))) fault("aria-labelledby leads nowhere");
  }
  let level = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) fault(`heading ${heading.textContent} skips a level`);
    level = own;
  }
  if (document.querySelectorAll("h1").length !== 1) fault("not one h1");
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption?.textContent.trim()) fault("table without a caption");
  }
  if (!document.documentElement.lang || !document.title) fault("no language or title");

  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "style") fault(`attribute ${name}`);
      if (/^\s*javascript:/i.test(value) && name !== "data-sort") fault(`${name} runs a script`);
    }
  }
  for (const name of ["img", "iframe", "object", "embed", "link", "base", "form", "video", "audio"]) {
    if (document.querySelector(name)) fault(`element ${name}`);
  }
  if (document.scripts.length !== 1) fault(`${document.scripts.length} scripts`);
  if ("owned" in window || document.title === "owned") fault("foreign script ran");

  // Paper cannot scroll: there, a list of very many columns may be wider.
  const columns = Math.max(0, ...[...document.querySelectorAll("tr")].map((row) => row.cells.length));
  const roomy = matchMedia("print").matches && columns > 9;
  if (document.documentElement.scrollWidth > innerWidth && !roomy) {
    fault(`wider than the window by ${document.documentElement.scrollWidth - innerWidth}`);
  }

  const colour = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((c) => (c /= 255, c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (a, b) => {
    const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const found = colour(getComputedStyle(e).backgroundColor);
      if (found.a === 1) return found;
    }
    return colour("rgb(255, 255, 255)");
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || ["SCRIPT", "STYLE", "CAPTION"].includes(element.tagName)) continue;
    if (!element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const paint = element instanceof SVGElement ? style.fill : style.color;
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = contrast(colour(paint), ground(element));
    seen += 1;
    if (ratio < (large ? 3 : 4.5)) fault(`contrast ${ratio.toFixed(2)}: ${element.textContent.trim().slice(0, 40)}`);
  }
  if (seen < 10) fault("hardly any text");
  for (const bar of document.querySelectorAll(".bar")) {
    const ratio = contrast(colour(getComputedStyle(bar).stroke), ground(bar.closest("li")));
    if (ratio < 3) fault(`bar with contrast ${ratio.toFixed(2)}`);
    const shown = bar.getBoundingClientRect().width + parseFloat(getComputedStyle(bar).strokeWidth);
    if (!(shown > 3)) fault("bar that cannot be seen");
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    const head = table.tHead.rows[0].cells[0];
    const button = head.querySelector("button");
    const body = table.tBodies[0];
    if (!button) {
      if (body.rows.length > 1) fault("table that cannot be sorted");
      continue;
    }
    const keys = () => [...body.rows].map((row) => Number(row.cells[0].dataset.sort ?? row.cells[0].textContent));
    const count = body.rows.length;
    for (const [state, sign] of [["ascending", 1], ["descending", -1]]) {
      button.click();
      if (head.getAttribute("aria-sort") !== state) fault("sorting does not say so");
      const now = keys();
      if (now.length !== count || now.some(Number.isNaN)) fault("sorting loses rows");
      if (now.some((key, i) => i > 0 && sign * (now[i - 1] - key) > 0)) fault(`not ${state}`);
    }
  }

  const closed = document.querySelector("details:not([open])");
  if (closed) {
    const link = document.querySelector(`.tile a[href="#${closed.id}"]`);
    link.click();
    return new Promise((done) => setTimeout(() => {
      if (!closed.open) fault("a link does not open its table");
      history.replaceState(null, "", location.pathname);
      dispatchEvent(new Event("beforeprint"));
      if (document.querySelector("details:not([open])")) fault("closed parts are not printed");
      dispatchEvent(new Event("afterprint"));
      done(faults);
    }, 50));
  }
  return faults;
})()
