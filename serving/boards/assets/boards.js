// Asks for each panel, draws it, and asks again; what did not move is answered by 304.
const EVERY = 20_000;
const look = JSON.parse(document.getElementById("theme").textContent);
const night = matchMedia("(prefers-color-scheme: dark)");
// a finger that draws over a figure scrolls the page; buttons zoom
const touched = matchMedia("(pointer: coarse)").matches ? { dragmode: false } : {};

// Plotly is large: panels are asked for while it loads
const drawing = new Promise((ready) => {
  if (window.Plotly) ready();
  else document.getElementById("plotly").addEventListener("load", ready);
});

function draw(panel, place) {
  const { data, layout } = panel.figure;
  const template = night.matches ? look.dark : look.light;
  const picture = { filename: place.dataset.file, scale: 2 };
  const config = { ...look.config, toImageButtonOptions: picture };
  // the same revision keeps where somebody zoomed to
  Plotly.react(place, data, { uirevision: "kept", ...layout, ...touched, template }, config);
}

function show(section, part) {
  const said = section.querySelector(".said");
  const text = part.said.map((sentence) => `<p>${sentence}</p>`).join("");
  if (said.innerHTML !== text) said.innerHTML = text;
  const place = section.querySelector(".shown");
  if (part.figure) {
    place.panel = part;
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", part.label);
    draw(part, place);
  } else {
    if (place.panel) Plotly.purge(place);
    place.panel = null;
    place.innerHTML = part.table ?? "";
  }
}

async function answerOf(section) {
  try {
    const answer = await fetch(section.dataset.source, { cache: "no-cache" });
    const part = await answer.json();
    return answer.ok ? part : { refused: part.detail };
  } catch {
    return { refused: "The service does not answer; this page asks again in 20 seconds." };
  }
}

async function ask(section) {
  const part = await answerOf(section);
  if (part.figure) await drawing;
  if (part.refused) section.querySelector(".said").textContent = part.refused;
  else show(section, part);
  section.querySelector(".shown").removeAttribute("aria-busy");
}

const sections = [...document.querySelectorAll("[data-source]")];
const askAll = () => document.hidden || sections.forEach(ask);
sections.forEach(ask);
setInterval(askAll, EVERY);
document.addEventListener("visibilitychange", askAll);
night.addEventListener("change", () => {
  for (const place of document.querySelectorAll(".shown")) if (place.panel) draw(place.panel, place);
});
