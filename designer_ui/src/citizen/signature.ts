// A pad to sign on. The drawing becomes a picture in the file input that stands there without script.
export function pad(place: HTMLElement): void {
  const input = place.querySelector<HTMLInputElement>('input[type="file"]');
  const words = place.dataset;
  if (!input || !window.DataTransfer) return;
  const canvas = document.createElement("canvas");
  canvas.className = "pad";
  canvas.width = 640;
  canvas.height = 240;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", words["pad"] ?? input.labels?.[0]?.textContent ?? "");
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn";
  again.textContent = words["again"] ?? "↺";
  const kind = place.querySelector<HTMLInputElement>("[data-signature-kind]");
  const box = document.createElement("div");
  box.className = "pad-box";
  box.append(canvas, again);
  place.prepend(box);

  const pen = canvas.getContext("2d");
  if (!pen) return;
  pen.lineWidth = 5;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = "#15191e";
  let drawing = false;
  let drawn = false;

  const at = (event: PointerEvent): [number, number] => {
    const frame = canvas.getBoundingClientRect();
    return [
      ((event.clientX - frame.left) * canvas.width) / frame.width,
      ((event.clientY - frame.top) * canvas.height) / frame.height,
    ];
  };
  canvas.addEventListener("pointerdown", (event) => {
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(...at(event));
    pen.stroke();
    drawn = true;
  });
  canvas.addEventListener("pointerup", () => {
    drawing = false;
    if (drawn) canvas.toBlob(keep, "image/png");
  });
  again.addEventListener("click", () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    drawn = false;
    input.value = "";
    if (kind) kind.value = "photo";
  });
  const keep = (picture: Blob | null): void => {
    if (!picture) return;
    const files = new DataTransfer();
    files.items.add(new File([picture], "signature.png", { type: "image/png" }));
    input.files = files.files;
    if (kind) kind.value = "drawn";
  };
}
