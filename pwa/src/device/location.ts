/** Where the device is, asked for only when a person presses the button for it. */
import { Failure } from "./failure";

export interface Place {
  readonly lat: number;
  readonly lon: number;
  readonly accuracyM: number;
}

const PATIENCE_MS = 12_000;
const OLDEST_MS = 300_000;

/** The device's position, to about 100 m. Raises location-denied, location-unavailable. */
export function whereAmI(): Promise<Place> {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lat: coords.latitude, lon: coords.longitude, accuracyM: Math.round(coords.accuracy) }),
      (error) => reject(new Failure(error.code === error.PERMISSION_DENIED ? "location-denied" : "location-unavailable")),
      { enableHighAccuracy: false, timeout: PATIENCE_MS, maximumAge: OLDEST_MS },
    );
  });
}
