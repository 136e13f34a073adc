/**
 * The camera of the Scan screen: it is turned on, looked through, and turned off.
 *
 * Decides when the stream runs; what a code means is not known here. Invariant: no stream outlives its picture: it ends
 * when the screen is left, when the app is hidden, and at the first code. A camera that cannot be had is a state with
 * words, never an error.
 */

import { codesIn, MissingReader } from "../decoder.js";

/** @typedef {"off" | "asking" | "on" | "paused" | "refused" | "none" | "busy" | "insecure" | "unread"} CameraState */

const EVERY_MS = 120;
const PICTURE = { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 720 } };

export class Viewfinder {
  /** @type {CameraState} */
  state = "off";
  /** Whether this camera has a lamp, and whether it is lit. */
  lamp = { there: false, lit: false };

  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {HTMLVideoElement | null} */
  #video = null;
  #turn = 0;
  #seen;
  #changed;

  /**
   * @param {object} told
   * @param {(texts: string[]) => void} told.seen  the camera is off by then
   * @param {() => void} told.changed
   */
  constructor({ seen, changed }) {
    this.#seen = seen;
    this.#changed = changed;
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && (this.#stream || this.state === "asking")) this.close("paused");
    });
  }

  /** The picture's place on the page, or that it has left the page. @param {Element | undefined} video */
  place(video) {
    this.#video = video instanceof HTMLVideoElement ? video : null;
    if (this.#video && this.#stream) this.#show();
  }

  /** Turn it on without asking, where the person has allowed it before. */
  async openIfAllowed() {
    const turn = (this.#turn += 1);
    const name = /** @type {PermissionName} */ ("camera");
    const permission = await navigator.permissions?.query({ name }).catch(() => null);
    if (this.#turn === turn && permission?.state === "granted") await this.open();
  }

  async open() {
    const turn = (this.#turn += 1);
    this.#become("asking");
    try {
      if (!isSecureContext) return this.#become("insecure");
      if (!navigator.mediaDevices?.getUserMedia) return this.#become("none");
      const stream = await navigator.mediaDevices.getUserMedia({ video: PICTURE, audio: false });
      if (turn !== this.#turn) return stop(stream); // left or hidden while the question stood
      this.#stream = stream;
      const [track] = stream.getVideoTracks();
      const can = /** @type {any} */ (track?.getCapabilities?.() ?? {});
      this.lamp = { there: Boolean(can.torch), lit: false };
      track?.addEventListener("ended", () => this.#stream === stream && this.close("busy"));
      this.#become("on");
      this.#show();
    } catch (problem) {
      if (turn === this.#turn) this.#become(stateOf(problem));
    }
  }

  /** @param {CameraState} [state]  what is shown instead of the picture */
  close(state = "off") {
    this.#turn += 1;
    if (this.#stream) stop(this.#stream);
    this.#stream = null;
    this.lamp = { there: false, lit: false };
    if (this.#video) this.#video.srcObject = null;
    this.#become(state);
  }

  /** A meter often hangs in a dark cupboard. */
  async switchLamp() {
    const track = this.#stream?.getVideoTracks()[0];
    const lit = !this.lamp.lit;
    const advanced = /** @type {any} */ ([{ torch: lit }]);
    await track?.applyConstraints({ advanced }).then(
      () => (this.lamp = { there: true, lit }),
      () => (this.lamp = { there: false, lit: false }),
    );
    this.#changed();
  }

  /** @param {CameraState} state */
  #become(state) {
    this.state = state;
    this.#changed();
  }

  #show() {
    const video = this.#video;
    if (!video || video.srcObject === this.#stream) return;
    video.srcObject = this.#stream;
    video.play().catch(() => undefined); // a phone that saves power waits for a tap; the controls stay usable
    void this.#look(this.#turn);
  }

  /** Look again and again until a code is seen or the camera is off. @param {number} turn */
  async #look(turn) {
    while (turn === this.#turn) {
      const texts = await this.#readFrame(turn);
      if (turn !== this.#turn) return;
      if (texts.length) {
        this.close();
        this.#seen(texts);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  }

  /** @param {number} turn @returns {Promise<string[]>} */
  async #readFrame(turn) {
    const video = this.#video;
    if (!video || video.readyState < video.HAVE_CURRENT_DATA || !video.videoWidth) return [];
    try {
      return await codesIn(video);
    } catch (problem) {
      if (turn === this.#turn && problem instanceof MissingReader) this.close("unread");
      return []; // one frame that could not be read is no news
    }
  }
}

/** @param {MediaStream} stream */
function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** @param {any} problem @returns {CameraState} */
function stateOf(problem) {
  if (problem?.name === "NotAllowedError" || problem?.name === "SecurityError") return "refused";
  if (problem?.name === "NotFoundError" || problem?.name === "OverconstrainedError") return "none";
  return "busy";
}
