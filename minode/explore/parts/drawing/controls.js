// Sliders, buttons and readings, which stand in the page; here they are given something to do.
const byId = (id) => document.getElementById(id);

// A slider over a list of values. `say` puts a value into words, for its output and for screen readers.
function slider(id, values, { start, say, change }) {
  const input = byId(id),
    output = document.querySelector(`output[for="${id}"]`);
  const made = {
    get value() {
      return values[input.value];
    },
    set value(value) {
      input.value = values.indexOf(value);
      tell();
    },
    // Other values in place of these.
    refill(others, start) {
      values = others;
      Object.assign(input, { min: 0, max: values.length - 1, step: 1 });
      made.value = start;
    },
  };
  function tell() {
    const text = say(made.value);
    output.textContent = text;
    input.setAttribute("aria-valuetext", text);
  }
  input.addEventListener("input", () => {
    tell();
    change(made.value);
  });
  made.refill(values, start);
  return made;
}

// One of several: radio buttons of one name.
function choice(name, change) {
  const inputs = [...document.querySelectorAll(`input[name="${name}"]`)];
  inputs.forEach((input) => input.addEventListener("change", () => change(input.value)));
  return {
    get value() {
      return inputs.find((input) => input.checked).value;
    },
    // None of them.
    clear() {
      inputs.forEach((input) => (input.checked = false));
    },
  };
}

function press(id, act) {
  byId(id).addEventListener("click", act);
}

// A reading is shown at once; screen readers are told when it has rested for a moment.
function reading(id) {
  const shown = byId(id),
    spoken = document.createElement("span");
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
