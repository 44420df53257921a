// Numbers in words, as people write them.
const MINUS = "\u2212";
function number(value, digits = 3) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", MINUS);
}

// A number to one digit: a power of ten such as 10⁻³, or 2·10⁻⁵.
function power(value) {
  if (value === 0) return "0";
  const exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  let lead = value / 10 ** exponent;
  lead = Math.round(lead);
  if (lead === 10) return power(10 ** (exponent + 1));
  const raised = { "-": "⁻", ...[..."⁰¹²³⁴⁵⁶⁷⁸⁹"] };
  const small = String(exponent).replace(/./g, (letter) => raised[letter]);
  return lead === 1 ? `10${small}` : `${lead}·10${small}`.replace("-", MINUS);
}

// A distance: with two decimals, or as a power where these would tell nothing.
function distance(value) {
  return value >= 0.095 ? number(value, 2) : power(value);
}
