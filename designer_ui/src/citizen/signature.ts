// A pad to sign on. The drawing is posted as a picture, as a photo of a signature would be.
export function pad(place: HTMLElement): void {
  const canvas = place.querySelector("canvas");
  const again = place.querySelector<HTMLButtonElement>("[data-signature-clear]");
  const slot = place.querySelector<HTMLInputElement>("[data-signature-image]");
  const pen = canvas?.getContext("2d");
  if (!canvas || !again || !slot || !pen || !window.DataTransfer) return;

  const picture = document.createElement("input");
  picture.type = "file";
  picture.name = slot.name;
  picture.hidden = true;
  slot.replaceWith(picture);
  place.hidden = false;
  pen.lineWidth = 5;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = "#15191e";

  let drawing = false;
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
  });
  const stop = (): void => {
    if (!drawing) return;
    drawing = false;
    canvas.toBlob((image) => {
      if (!image) return;
      const files = new DataTransfer();
      files.items.add(new File([image], "signature.png", { type: "image/png" }));
      picture.files = files.files;
    }, "image/png");
  };
  canvas.addEventListener("pointerup", stop);
  canvas.addEventListener("pointercancel", stop);
  again.addEventListener("click", () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    picture.value = "";
  });
}
