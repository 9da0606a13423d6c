// Shows the photo that was just chosen, so that a wrong one is seen before it is sent.
export function preview(input: HTMLInputElement): void {
  input.addEventListener("change", () => {
    input.parentElement?.querySelector("[data-preview]")?.remove();
    const file = input.files?.[0];
    if (!file || !file.type.startsWith("image/")) return;
    const image = document.createElement("img");
    image.dataset["preview"] = "";
    image.className = "preview";
    image.alt = file.name;
    image.src = URL.createObjectURL(file);
    image.addEventListener("load", () => URL.revokeObjectURL(image.src));
    input.insertAdjacentElement("afterend", image);
  });
}
