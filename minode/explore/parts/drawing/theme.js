// The colours of minode's figures, those of Okabe and Ito, which the colour-blind can tell apart: read from the style
// sheet, which has lighter tints of them for dark pages.
const NAMES = ["paper", "panel", "ink", "soft", "rule", "vermilion", "blue", "green", "grey", "orange"];
const theme = { colour: {}, watchers: [] };

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  for (const name of NAMES) theme.colour[name] = style.getPropertyValue(`--${name}`).trim();
  theme.dark = matchMedia("(prefers-color-scheme: dark)").matches;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  readTheme();
  theme.watchers.forEach((watch) => watch());
});

// Readers who want things to stand still get results at once, without what happens on the way.
const still = matchMedia("(prefers-reduced-motion: reduce)");
readTheme();
