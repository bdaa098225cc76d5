import { t } from "../host/texts.ts";
import { canvasPen, type Pen } from "./pen.ts";

/** A canvas with a longer side is refused by browsers; such a picture is drawn smaller. */
const longestSide = 16_000;

/** What `draw` draws as the data of a PNG in base64, at twice the pixels of the screen. */
export function pngOf(
	{ width, height, background }: { width: number; height: number; background: string },
	draw: (pen: Pen) => void,
): string {
	const scale = Math.min(window.devicePixelRatio * 2, longestSide / width, longestSide / height);
	const canvas = document.createElement("canvas");
	canvas.width = Math.ceil(width * scale);
	canvas.height = Math.ceil(height * scale);
	const context = canvas.getContext("2d");
	if (context === null) throw new Error(t("This window cannot make pictures now. Close other panels and try again."));
	context.fillStyle = background;
	context.fillRect(0, 0, canvas.width, canvas.height);
	context.scale(scale, scale);
	draw(canvasPen(context));
	return canvas.toDataURL("image/png").replace(/^.*,/, "");
}
