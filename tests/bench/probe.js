// Runs in the page before its own scripts. A worker stands for the camera: thirty pictures a second that cost the page
// nothing, in the layout of a camera's (I420), and it tells to the millisecond when the first one with a code was there.
// The time until a verdict or a code is painted is taken in the page itself.
(() => {
  /** The camera's body: it knows nothing of this scope. */
  const cameraBody = () => {
    const [codedWidth, codedHeight] = [1280, 720];
    const began = performance.now();
    const table = new Uint8Array((codedWidth * codedHeight * 3) / 2).fill(128);
    let shown = table;
    let isTold = true;

    const unpacked = async (packed) => {
      const { body } = await fetch(`data:;base64,${packed}`);
      return new Uint8Array(await new Response(body.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer());
    };

    const show = (writer) => {
      const now = performance.now();
      const timestamp = (now - began) * 1000;
      void writer.write(new VideoFrame(shown, { format: "I420", codedWidth, codedHeight, timestamp }));
      if (!isTold) postMessage(performance.timeOrigin + now);
      isTold = true;
    };

    onmessage = async ({ data: { writable, picture } }) => {
      if (writable) {
        const writer = writable.getWriter();
        setInterval(show, 1000 / 30, writer);
      } else {
        shown = picture === null ? table : await unpacked(picture);
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
      camera.postMessage({ picture: null });
    },
    /** Milliseconds from the camera's first picture with the code, its bytes deflated, to the painted verdict. */
    async scan(picture, selector) {
      const began = new Promise((resolve) => {
        camera.onmessage = ({ data }) => resolve(data);
      });
      camera.postMessage({ picture });
      return performance.timeOrigin + (await appears(selector)) - (await began);
    },
  };
})();
