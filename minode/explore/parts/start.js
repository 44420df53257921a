// The page's checks of itself, by its button, or at once at the address that ends in #check. There what was found is
// left in the document too, as text, for tests, and every picture is begun: when a browser without a window looks for
// what is in view depends on how busy the machine is.
function showChecks() {
  const table = byId("check-table"),
    found = {};
  const rows = Object.entries(CHECKS).map(([key, run]) => {
    const result = run();
    found[key] = result;
    const cells = [result.name, power(result.error), power(result.bound), result.ok ? "✓ kept" : "✗ broken"];
    return `<tr>${cells.map((cell, i) => (i ? `<td>${cell}</td>` : `<th scope="row">${cell}</th>`)).join("")}</tr>`;
  });
  table.tBodies[0].innerHTML = rows.join("");
  table.hidden = false;
  return found;
}

press("run-checks", showChecks);

if (location.hash === "#check") {
  beginnings.forEach((begin) => begin());
  const text = document.createElement("script");
  Object.assign(text, { type: "application/json", id: "found" });
  text.textContent = JSON.stringify(showChecks());
  document.body.append(text);
}
