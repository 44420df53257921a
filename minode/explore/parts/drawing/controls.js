// Sliders, buttons and readings, which stand in the page; here they are given something to do.
const byId = (id) => document.getElementById(id);

// A slider over a list of values. `say` puts a value into words, for its output and for screen readers.
function slider(id, values, { start, say, change }) {
  const input = byId(id), output = document.querySelector(`output[for="${id}"]`);
  Object.assign(input, { min: 0, max: values.length - 1, step: 1, value: values.indexOf(start) });
  function tell() {
    const text = say(values[input.value]);
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  }
  input.addEventListener("input", () => {
    tell();
    change(values[input.value]);
  });
  tell();
  return {
    get value() {
      return values[input.value];
    },
    set value(value) {
      input.value = values.indexOf(value);
      tell();
    },
  };
}

// One of several: radio buttons of one name.
function choice(name, change) {
  const inputs = [...document.querySelectorAll(`input[name="${name}"]`)];
  inputs.forEach((input) => input.addEventListener("change", () => change(input.value)));
  return {
    get value() {
      return inputs.find((input) => input.checked).value;
    },
  };
}

function press(id, act) {
  byId(id).addEventListener("click", act);
}

// A reading is shown at once; screen readers are told when it has rested for a moment.
function reading(id) {
  const shown = byId(id), spoken = document.createElement("span");
  spoken.className = "spoken";
  spoken.setAttribute("role", "status");
  shown.after(spoken);
  let timer;
  return (html) => {
    shown.innerHTML = html;
    clearTimeout(timer);
    timer = setTimeout(() => (spoken.textContent = shown.textContent), 900);
  };
}

const MINUS = "\u2212";
function number(value, digits = 3) {
  return value.toFixed(digits).replace("-", MINUS);
}

// A power of ten such as 10⁻³; others in the form 2·10⁻⁵.
function power(value) {
  if (value === 0) return "0";
  let exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-9), lead = value / 10 ** exponent;
  const small = String(exponent).replace(/./g, (letter) => (letter === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[letter]));
  lead = Math.round(lead);
  if (lead === 10) return power(10 ** (exponent + 1));
  return lead === 1 ? `10${small}` : `${lead}·10${small}`.replace("-", MINUS);
}
