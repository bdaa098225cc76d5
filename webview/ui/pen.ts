/** Draws the same picture on a canvas, for the screen and as PNG, or as SVG. All measures are CSS pixels. */

export interface Stroke {
	readonly colour: string;
	readonly width: number;
	readonly alpha?: number;
	readonly dashed?: boolean;
}

export interface Writing {
	readonly colour: string;
	readonly font: Font;
	readonly alpha?: number;
	readonly align?: "left" | "right" | "center";
}

export interface Font {
	/** CSS pixels. */
	readonly size: number;
	readonly family: string;
	readonly bold?: boolean;
}

/** Rows of a canvas, in its own pixels; by default all. */
export interface Picture {
	readonly canvas: HTMLCanvasElement;
	readonly rows?: { readonly from: number; readonly count: number };
}

export interface Pen {
	fill(x: number, y: number, width: number, height: number, style: { colour: string; alpha?: number }): void;
	outline(x: number, y: number, width: number, height: number, style: Stroke): void;
	/** Straight lines, four numbers each: x and y of both ends. */
	lines(ends: readonly number[], style: Stroke): void;
	/** An arc above two places, eight numbers: start, two control points, end. */
	arc(points: readonly [number, number, number, number, number, number, number, number], style: Stroke): void;
	/** `y` is the middle of the letters. */
	text(text: string, x: number, y: number, style: Writing): void;
	/** Pixels stay sharp. */
	image(picture: Picture, x: number, y: number, width: number, height: number): void;
	/** What `draw` draws stays within the rectangle. */
	within(x: number, y: number, width: number, height: number, draw: () => void): void;
}

const dashes = [4, 3];

export function canvasPen(context: CanvasRenderingContext2D): Pen {
	const stroke = ({ colour, width, alpha = 1, dashed = false }: Stroke) => {
		context.strokeStyle = colour;
		context.lineWidth = width;
		context.globalAlpha = alpha;
		context.setLineDash(dashed ? dashes : []);
	};
	return {
		fill: (x, y, width, height, { colour, alpha = 1 }) => {
			context.globalAlpha = alpha;
			context.fillStyle = colour;
			context.fillRect(x, y, width, height);
		},
		outline: (x, y, width, height, style) => {
			stroke(style);
			context.strokeRect(x, y, width, height);
		},
		lines: (ends, style) => {
			stroke(style);
			context.beginPath();
			for (let at = 0; at < ends.length; at += 4) {
				context.moveTo(ends[at] as number, ends[at + 1] as number);
				context.lineTo(ends[at + 2] as number, ends[at + 3] as number);
			}
			context.stroke();
		},
		arc: ([x, y, x1, y1, x2, y2, x3, y3], style) => {
			stroke(style);
			context.beginPath();
			context.moveTo(x, y);
			context.bezierCurveTo(x1, y1, x2, y2, x3, y3);
			context.stroke();
		},
		text: (text, x, y, { colour, font, alpha = 1, align = "left" }) => {
			context.globalAlpha = alpha;
			context.fillStyle = colour;
			context.font = fontText(font);
			context.textAlign = align;
			context.textBaseline = "middle";
			context.fillText(text, x, y);
		},
		image: ({ canvas, rows }, x, y, width, height) => {
			context.globalAlpha = 1;
			context.imageSmoothingEnabled = false;
			const { from, count } = rows ?? { from: 0, count: canvas.height };
			context.drawImage(canvas, 0, from, canvas.width, count, x, y, width, height);
		},
		within: (x, y, width, height, draw) => {
			context.save();
			context.beginPath();
			context.rect(x, y, width, height);
			context.clip();
			draw();
			context.restore();
		},
	};
}

/** A font as CSS writes it. */
export function fontText({ size, family, bold = false }: Font): string {
	return `${bold ? "600 " : ""}${size}px ${family}`;
}

/** The SVG of what `draw` draws, as a document of its own. */
export function svgOf(
	{ width, height, background, title }: { width: number; height: number; background: string; title: string },
	draw: (pen: Pen) => void,
): string {
	const parts: string[] = [];
	draw(svgPen(parts));
	const size = `width="${number(width)}" height="${number(height)}"`;
	return `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${number(width)} ${number(height)}" role="img"><title>${escapeXml(title)}</title><rect width="100%" height="100%" fill="${escapeXml(background)}"/>${parts.join("")}</svg>`;
}

function svgPen(parts: string[]): Pen {
	let clips = 0;
	const stroke = ({ colour, width, alpha = 1, dashed = false }: Stroke) =>
		`fill="none" stroke="${escapeXml(colour)}" stroke-width="${number(width)}" opacity="${number(alpha)}"${dashed ? ` stroke-dasharray="${dashes.join(" ")}"` : ""}`;
	const box = (x: number, y: number, width: number, height: number) =>
		`x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"`;
	return {
		fill: (x, y, width, height, { colour, alpha = 1 }) => {
			parts.push(`<rect ${box(x, y, width, height)} fill="${escapeXml(colour)}" opacity="${number(alpha)}"/>`);
		},
		outline: (x, y, width, height, style) => {
			parts.push(`<rect ${box(x, y, width, height)} ${stroke(style)}/>`);
		},
		lines: (ends, style) => {
			let path = "";
			for (let at = 0; at < ends.length; at += 4) {
				const [x, y, x1, y1] = ends.slice(at, at + 4).map(number);
				path += `M${x} ${y}L${x1} ${y1}`;
			}
			if (path !== "") parts.push(`<path d="${path}" ${stroke(style)}/>`);
		},
		arc: (points, style) => {
			const [x, y, ...rest] = points.map(number);
			parts.push(`<path d="M${x} ${y}C${rest.join(" ")}" ${stroke(style)}/>`);
		},
		text: (text, x, y, { colour, font, alpha = 1, align = "left" }) => {
			const anchor = { left: "start", right: "end", center: "middle" }[align];
			const family = escapeXml(font.family);
			parts.push(
				`<text x="${number(x)}" y="${number(y)}" fill="${escapeXml(colour)}" opacity="${number(alpha)}" font-size="${font.size}" font-family="${family}"${font.bold === true ? ' font-weight="600"' : ""} text-anchor="${anchor}" dominant-baseline="central" xml:space="preserve">${escapeXml(text)}</text>`,
			);
		},
		image: (picture, x, y, width, height) => {
			const place = box(x, y, width, height);
			parts.push(
				`<image ${place} preserveAspectRatio="none" style="image-rendering:pixelated" href="${dataOf(picture)}"/>`,
			);
		},
		within: (x, y, width, height, draw) => {
			const id = `clip${clips++}-${parts.length}`;
			parts.push(`<clipPath id="${id}"><rect ${box(x, y, width, height)}/></clipPath><g clip-path="url(#${id})">`);
			draw();
			parts.push("</g>");
		},
	};
}

function dataOf({ canvas, rows }: Picture): string {
	if (rows === undefined) return canvas.toDataURL();
	const part = document.createElement("canvas");
	part.width = canvas.width;
	part.height = rows.count;
	part.getContext("2d")?.drawImage(canvas, 0, -rows.from);
	return part.toDataURL();
}

function number(value: number): string {
	return String(Math.round(value * 100) / 100);
}

/** Text as an XML document holds it; characters that none may hold are left out. */
export function escapeXml(text: string): string {
	return text
		.replaceAll(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;");
}
