/** Why the device could not do a thing: a slug that has its sentence in the messages, and whether trying again may help. */
export class Failure extends Error {
  readonly slug: string;
  readonly detail: string;
  /** HTTP status when a server answered; 0 when none did. */
  readonly status: number;

  constructor(slug: string, detail = "", status = 0, options: ErrorOptions = {}) {
    super(detail === "" ? slug : `${slug}: ${detail}`, options);
    this.name = "Failure";
    this.slug = slug;
    this.detail = detail;
    this.status = status;
  }
}

/** The slug of whatever was thrown; `unexpected` for what nobody foresaw. */
export function slugOf(error: unknown): string {
  if (error instanceof Error && "slug" in error && typeof error.slug === "string") return error.slug;
  return "unexpected";
}

const UNREACHABLE: readonly string[] = ["offline", "timeout", "unavailable"];

/** Whether a slug says that there is no network, or no server at its other end. */
export function isUnreachable(slug: string): boolean {
  return UNREACHABLE.includes(slug);
}
