/** Whether more of a screen lies below what can be seen of it, and the way there for a finger, a key or a screen reader. */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Less than this is a margin, not something to read. */
const MARGIN_PX = 12;
/** Of the screen's height: what was last read stays in sight. */
const STEP = 0.5;

export interface More {
  readonly hasMore: boolean;
  readonly showMore: () => void;
}

/**
 * The rest of a screen.
 *
 *   screen:   what scrolls
 *   content:  what grows and shrinks in it; takes the focus on the way down, so that reading goes on there
 */
export function useMore(screen: RefObject<HTMLElement | null>, content: RefObject<HTMLElement | null>): More {
  const [hasMore, setHasMore] = useState(false);
  useEffect(() => {
    const { current } = screen;
    if (current === null || content.current === null) return undefined;
    const look = (): void => setHasMore(current.scrollHeight - current.clientHeight - current.scrollTop > MARGIN_PX);
    const sizes = new ResizeObserver(look);
    sizes.observe(current);
    sizes.observe(content.current);
    current.addEventListener("scroll", look, { passive: true });
    return () => {
      sizes.disconnect();
      current.removeEventListener("scroll", look);
    };
  }, []);
  const showMore = (): void => {
    content.current?.focus({ preventScroll: true });
    screen.current?.scrollBy({ top: screen.current.clientHeight * STEP });
  };
  return { hasMore, showMore };
}
