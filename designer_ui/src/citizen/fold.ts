// placeholder until form_engine's attribute is known
export function fold(_form: HTMLFormElement): void {}
