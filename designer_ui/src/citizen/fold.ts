// Shows a group of questions while the answers named in its data-when stand: flag=true&kind=a|b.
// Without script the style sheet does the same for a group right behind its question.
export function fold(form: HTMLFormElement): void {
  const groups = [...form.querySelectorAll<HTMLElement>("[data-when]")];
  if (!groups.length) return;
  const follow = (): void => {
    const given = new FormData(form);
    for (const group of groups) {
      const open = (group.dataset["when"] ?? "").split("&").every((term) => {
        const [name = "", codes = ""] = term.split("=");
        const wanted = codes.split("|");
        const answers = given.getAll(name).map(String);
        return answers.length ? answers.some((answer) => wanted.includes(answer)) : wanted.includes("false") && shown(name);
      });
      group.classList.toggle("is-open", open);
      group.classList.toggle("is-shut", !open);
    }
  };
  // A single box that is not ticked says no; a question nobody answered says nothing.
  const shown = (name: string): boolean =>
    form.querySelector(`input[type="checkbox"][name="${CSS.escape(name)}"]`) !== null;
  form.addEventListener("change", follow);
  follow();
}
