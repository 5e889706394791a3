// Trains the digits network with the module, some steps a frame, and draws the loss of each.

const RATES = ["0.001", "0.003", "0.01", "0.03", "0.1", "0.3"];
const STEPS_PER_FRAME = 4;

const [{ instance }, hosts] = await Promise.all([
  WebAssembly.instantiateStreaming(fetch("digits.wasm")),
  fetch("hashes.json").then((response) => response.json()),
]);
const wasm = instance.exports;
const form = document.querySelector("form");
const { model, optimizer, lr } = form.elements;
const button = form.querySelector("button");
const canvas = document.querySelector("canvas");

const show = (id, text) => {
  document.getElementById(id).textContent = text;
};

/** The optimizers, as the crate's registry has them. */
const optimizers = [];
for (let length; (length = wasm.optimizer_name_length(optimizers.length)) > 0; ) {
  const name = new Uint8Array(wasm.memory.buffer, wasm.optimizer_name(optimizers.length), length);
  optimizers.push(new TextDecoder().decode(name));
}
optimizer.append(...optimizers.map((name) => new Option(name, name, name === "adam", name === "adam")));
lr.append(...RATES.map((rate) => new Option(rate, rate, rate === "0.01", rate === "0.01")));

/** The losses so far, against the number of steps of a whole training. */
function draw(losses) {
  const context = canvas.getContext("2d");
  const { width, height } = canvas;
  const highest = 3; // ln 10 = 2.3 is guessing
  const x = (step) => 50 + ((width - 90) * step) / wasm.steps();
  const y = (loss) => height - 30 - ((height - 40) * Math.min(loss, highest)) / highest;
  context.clearRect(0, 0, width, height);
  context.font = "20px system-ui";
  context.fillStyle = context.strokeStyle = "gray";
  context.lineWidth = 1;
  for (let loss = 0; loss <= highest; loss++) {
    context.fillText(String(loss), 20, y(loss) + 6);
    context.beginPath();
    context.moveTo(x(0), y(loss));
    context.lineTo(x(wasm.steps()), y(loss));
    context.stroke();
  }
  for (let step = 0; step <= wasm.steps(); step += 100) {
    context.fillText(String(step), x(step) - 15, height - 5);
  }
  context.strokeStyle = "#d2691e";
  context.lineWidth = 3;
  context.beginPath();
  losses.forEach((loss, step) => context.lineTo(x(step), y(loss)));
  context.stroke();
}

function train() {
  button.disabled = true;
  const run = `${model.value} ${optimizer.value} ${lr.value}`;
  for (const id of ["hash", "host", "same"]) show(id, "–");
  wasm.start(model.selectedIndex, optimizer.selectedIndex, Number(lr.value));
  const losses = [];

  const frame = () => {
    for (let i = 0; i < STEPS_PER_FRAME && losses.length < wasm.steps(); i++) losses.push(wasm.step());
    draw(losses);
    show("step", losses.length);
    show("loss", losses.at(-1).toFixed(4));
    show("accuracy", `${wasm.accuracy().toFixed(1)} %`);
    if (losses.length < wasm.steps()) {
      requestAnimationFrame(frame);
      return;
    }
    const hash = BigInt.asUintN(64, wasm.hash()).toString(16).padStart(16, "0");
    show("hash", hash);
    show("host", hosts[run]);
    show("same", hash === hosts[run] ? "yes" : "no");
    button.disabled = false;
  };
  requestAnimationFrame(frame);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  train();
});
draw([]);
button.disabled = false;
