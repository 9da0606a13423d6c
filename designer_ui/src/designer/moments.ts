// Moments in the city's time: who is told of a change may sit behind a clock of elsewhere.
const zone = document.querySelector<HTMLElement>("[data-designer]")?.dataset.zone;
const language = document.documentElement.lang;

const minute = { hour: "numeric", minute: "2-digit", hourCycle: "h23", timeZone: zone } as const;
const ofDay = new Intl.DateTimeFormat(language, minute);
const ofYear = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", ...minute });

export const clock = (moment: Date): string => ofDay.format(moment);

export const dayAndClock = (moment: Date): string => ofYear.format(moment);
