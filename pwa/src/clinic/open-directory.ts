/** The directory of the clinics' file that this machine keeps, read anew only where the file is another. */
import { parseDirectory, type Directory } from "./directory";

type Bytes = Uint8Array<ArrayBuffer>;

interface Opened {
  readonly bytes: Bytes;
  readonly isOneState: boolean;
  readonly directory: Directory | null;
}

let opened: Opened | null = null;

/**
 * The directory in a verified `clinics.json`, or its like of one state; null without one, and for a file of another release.
 *
 * Every synchronisation asks for it, and of the country's it takes a slow phone half a second in which it does nothing else.
 */
export function openDirectory(bytes: Bytes | null, isOneState: boolean): Directory | null {
  if (bytes === null) return (opened = null);
  if (opened?.isOneState !== isOneState || !isSame(opened.bytes, bytes)) opened = { bytes, isOneState, directory: read(bytes, isOneState) };
  return opened.directory;
}

function read(bytes: Bytes, isOneState: boolean): Directory | null {
  try {
    return parseDirectory(JSON.parse(new TextDecoder().decode(bytes)), { isOneState });
  } catch (error) {
    // A file of another release: verdicts go on without distances until the next synchronisation.
    if (error instanceof TypeError || error instanceof SyntaxError) return null;
    throw error;
  }
}

function isSame(one: Bytes, other: Bytes): boolean {
  if (one.length !== other.length) return false;
  for (let n = 0; n < one.length; n++) if (one[n] !== other[n]) return false;
  return true;
}
