/**
 * Begins a visit: notes the start, with the place where the phone lets us know it, and opens its first step.
 *
 * A phone that will not say where it is costs at most a second and a half; the visit begins all the same.
 */

/** @typedef {import("./stage.js").Stage} Stage */

const PATIENCE_MS = 1500;

/** @returns {Promise<{lat: number, lon: number, accuracy: number} | undefined>} microdegrees and metres */
function whereWeAre() {
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

/** @param {Stage} stage @param {import("./stage.js").VisitDocument} visit */
export async function begin(stage, visit) {
  stage.go(`/app/visit/${visit.id}`);
  if (visit.start || visit.outcome || stage.begun.has(visit.id)) return;
  stage.begun.add(visit.id);
  const location = await whereWeAre();
  await stage.write(visit, "visit.start", location ? { location } : {});
}
