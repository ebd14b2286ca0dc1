// Runs in the page before its own scripts. A canvas stands for the camera, so that the bench knows to the millisecond
// when a picture with a code was there; the time until a verdict or a code is painted is taken in the page itself.
(() => {
  const canvas = document.createElement("canvas");
  canvas.width = 1280;
  canvas.height = 720;
  const draw = canvas.getContext("2d");
  draw.fillRect(0, 0, 1280, 720);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10);
  // A camera gives pictures all the time, also when nothing moves; a canvas only when something was drawn.
  setInterval(() => draw.fillRect(0, 0, 1, 1), 100);

  const painted = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const appears = async (selector) => {
    while (document.querySelector(selector) === null) {
      await new Promise((resolve) => {
        const observer = new MutationObserver(() => {
          observer.disconnect();
          resolve();
        });
        observer.observe(document, { childList: true, subtree: true });
      });
    }
    await painted();
    return performance.now();
  };

  window.amateProbe = {
    appears,
    hide() {
      draw.fillStyle = "#605850";
      draw.fillRect(0, 0, 1280, 720);
    },
    /** Milliseconds from the picture with the code to the painted verdict. */
    async scan(picture, selector) {
      const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(picture), (c) => c.charCodeAt(0))]));
      draw.drawImage(bitmap, 0, 0);
      const began = performance.now();
      return (await appears(selector)) - began;
    },
  };
})();
