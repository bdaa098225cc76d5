import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PackagingFailure } from "./failure.ts";
import { isLicence } from "./keptPackages.ts";

/**
 * The licences of the packages in `folders`, as one text. Throws for a package that comes without its licence.
 */
export function thirdPartyNotices(house: string, folders: Iterable<string>): string {
	const sections = [...folders].map((folder) => noticeOf(house, folder)).sort((a, b) => (a.title < b.title ? -1 : 1));
	const texts = new Map(sections.map(({ title, text }) => [title, text])); // one version may lie at several paths
	const rule = "-".repeat(80);
	const parts = [...texts].map(([title, text]) => `${rule}\n${title}\n${rule}\n\n${text.trim()}\n`);
	return [`Maskwright contains these works of others, each under its own licence.\n`, ...parts].join("\n");
}

function noticeOf(house: string, folder: string): { title: string; text: string } {
	const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, string>;
	const { name = "", version = "", license } = manifest;
	if (license === undefined) throw new PackagingFailure(`${name} names no licence, so it cannot be shipped.`);
	const text = name.startsWith("@libsql/") ? licenceFiles(join(house, "node_modules", "libsql")) : licenceFiles(folder);
	const whole = [text, statedElsewhere[name]].filter(Boolean).join("\n\n");
	if (whole === "") {
		throw new PackagingFailure(
			`${name} (${license}) comes without the text of its licence. Add it to extension/packaging/notices.ts, or use another package.`,
		);
	}
	return { title: `${name} ${version} (${license})`, text: whole };
}

function licenceFiles(folder: string): string {
	const files = readdirSync(folder).filter(isLicence).sort();
	return files.map((file) => readFileSync(join(folder, file), "utf8").trim()).join("\n\n");
}

/** The folders of the packages that files belong to, such as what a bundler says went in. */
export function packagesOf(files: Iterable<string>): string[] {
	const paths = [...files].flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []);
	return [...new Set(paths)].sort();
}

const mit = (...holders: string[]): string => `MIT License

${holders.map((holder) => `Copyright (c) ${holder}`).join("\n")}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;

/** Licences of packages that come without their text, as their projects state them; and what native files hold besides. */
const statedElsewhere: Readonly<Record<string, string>> = {
	"onnxruntime-common": mit("2018 - present Microsoft Corporation"),
	"onnxruntime-node": `${mit("2018 - present Microsoft Corporation")}

The native library holds works of others, among them Dawn and Abseil; their licences are in
https://github.com/microsoft/onnxruntime/blob/main/ThirdPartyNotices.txt. On Windows it comes with DirectML.dll
(Microsoft software licence terms, https://www.nuget.org/packages/Microsoft.AI.DirectML), and with dxcompiler.dll and
dxil.dll of the DirectX Shader Compiler (https://github.com/microsoft/DirectXShaderCompiler/blob/main/LICENSE.TXT).`,
	"xz-decompress": `${mit("Tim Perry", "Steve Sanderson (xzwasm)", "2020 Igalia, S.L. (walloc)")}

Contains XZ Embedded by Lasse Collin and Igor Pavlov, in the public domain.`,
};
