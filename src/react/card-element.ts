/** Draws one job's markup and keeps what a redraw could lose: the focus. */
import { Component, createRef, type ReactNode } from "react";
import { holdsFocus, rescueFocus } from "../view/focus.js";
import type { Markup } from "../view/markup.js";
import { toReact, type Wiring } from "./to-react.js";

export interface CardElementProps extends Wiring {
  readonly markup: Markup;
  readonly rootRef: { current: Element | null };
}

// A class, because only getSnapshotBeforeUpdate sees the focus before the button under it goes.
export class CardElement extends Component<CardElementProps> {
  readonly #root = createRef<Element>();

  override componentDidMount(): void {
    this.#after(false);
  }

  override getSnapshotBeforeUpdate(): boolean {
    return this.#root.current !== null && holdsFocus(this.#root.current);
  }

  override componentDidUpdate(_props: CardElementProps, _state: unknown, hadFocus: boolean): void {
    this.#after(hadFocus);
  }

  override render(): ReactNode {
    return toReact(this.props.markup, this.props, { ref: this.#root });
  }

  #after(hadFocus: boolean): void {
    const root = this.#root.current;
    this.props.rootRef.current = root;
    if (hadFocus && root !== null) rescueFocus(root);
  }
}
