/**
 * Where this phone is, for the entries that say so: the begin of a visit, and a photo at its shutter.
 *
 * Decides how long is waited: a phone that will not say where it is costs at most a second and a half. The begin of a
 * visit asks the person; a shutter never does, it only uses what was allowed, and asks while the camera is open.
 */

/** @typedef {{lat: number, lon: number, accuracy: number}} Place  microdegrees and metres */

const PATIENCE_MS = 1500;
/** A picture that is older than its shutter by more was not taken now, but chosen from an album. */
const OF_THIS_SHUTTER_MS = 60_000;

/** The last shutter. @type {{at: number, place: Promise<Place | undefined>}} */
let shutter = { at: Infinity, place: Promise.resolve(undefined) };

/** @returns {Promise<Place | undefined>} */
export function whereWeAre() {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    const answer = (/** @type {GeolocationPosition | undefined} */ found) => {
      clearTimeout(timer);
      resolve(
        found && {
          lat: Math.round(found.coords.latitude * 1e6),
          lon: Math.round(found.coords.longitude * 1e6),
          accuracy: Math.round(found.coords.accuracy),
        },
      );
    };
    if (!navigator.geolocation) answer(undefined);
    else
      navigator.geolocation.getCurrentPosition(answer, () => answer(undefined), {
        maximumAge: 300_000,
        timeout: PATIENCE_MS,
      });
  });
}

/** Where we are, if that was allowed before: nobody is asked. @returns {Promise<Place | undefined>} */
export async function whereIfAllowed() {
  try {
    const answer = await navigator.permissions?.query({ name: "geolocation" });
    return answer?.state === "granted" ? await whereWeAre() : undefined;
  } catch {
    return undefined;
  }
}

/** The camera is being opened. */
export function noteShutter() {
  shutter = { at: Date.now(), place: whereIfAllowed() };
}

/**
 * Where a picture was taken, if it was taken now.
 *
 * @param {File} file  as the camera or the album gave it
 * @returns {Promise<Place | undefined>}
 */
export async function placeOfShutter(file) {
  return file.lastModified < shutter.at - OF_THIS_SHUTTER_MS ? undefined : shutter.place;
}
