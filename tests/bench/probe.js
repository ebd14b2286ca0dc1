// Runs in the page before its own scripts. A worker stands for the camera: thirty pictures a second that cost the page
// nothing, as a camera's do, and it tells to the millisecond when the first one with a code was there. The time until a
// verdict or a code is painted is taken in the page itself.
(() => {
  /** The camera's body: it knows nothing of this scope. */
  const cameraBody = () => {
    const canvas = new OffscreenCanvas(1280, 720);
    const draw = canvas.getContext("2d");
    const began = performance.now();
    let picture = null;
    let isTold = true;

    const show = (writer) => {
      if (picture === null) {
        draw.fillStyle = "#605850";
        draw.fillRect(0, 0, 1280, 720);
      } else {
        draw.drawImage(picture, 0, 0);
      }
      const now = performance.now();
      void writer.write(new VideoFrame(canvas, { timestamp: (now - began) * 1000 }));
      if (!isTold) postMessage(performance.timeOrigin + now);
      isTold = true;
    };

    onmessage = async ({ data: { writable, jpeg } }) => {
      if (writable) {
        const writer = writable.getWriter();
        setInterval(show, 1000 / 30, writer);
      } else {
        picture = jpeg === null ? null : await createImageBitmap(new Blob([Uint8Array.from(atob(jpeg), (c) => c.charCodeAt(0))]));
        isTold = picture === null;
      }
    };
  };

  let camera = null;
  navigator.mediaDevices.getUserMedia = async () => {
    const track = new MediaStreamTrackGenerator({ kind: "video" });
    camera = new Worker(URL.createObjectURL(new Blob([`(${cameraBody})()`])));
    camera.postMessage({ writable: track.writable }, [track.writable]);
    return new MediaStream([track]);
  };

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
      camera.postMessage({ jpeg: null });
    },
    /** Milliseconds from the camera's first picture with the code to the painted verdict. */
    async scan(jpeg, selector) {
      const began = new Promise((resolve) => {
        camera.onmessage = ({ data }) => resolve(data);
      });
      camera.postMessage({ jpeg });
      return performance.timeOrigin + (await appears(selector)) - (await began);
    },
  };
})();
