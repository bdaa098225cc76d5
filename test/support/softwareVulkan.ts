import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where Debian's chromium and others keep SwiftShader, the software Vulkan driver that onnxruntime's WebGPU accepts. */
const folders = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome", "/usr/lib64/chromium-browser"];

/** The environment that makes WebGPU run on SwiftShader, or why tests on it must be left out. */
export const softwareVulkan: { env: Record<string, string>; leftOut?: never } | { env?: never; leftOut: string } =
	find();

/** Points this process at SwiftShader before its first WebGPU session; returns why tests are left out, or false, for `skip`. */
export function useSoftwareVulkan(): string | false {
	if (softwareVulkan.env === undefined) return softwareVulkan.leftOut;
	Object.assign(process.env, softwareVulkan.env);
	return false;
}

function find(): typeof softwareVulkan {
	if (process.platform !== "linux" || process.arch !== "x64") {
		return {
			leftOut: `Left out: software WebGPU is tested on linux-x64 only, and this is ${process.platform}-${process.arch}.`,
		};
	}
	const folder = folders.find((path) => existsSync(join(path, "vk_swiftshader_icd.json")));
	if (folder === undefined) {
		return { leftOut: "Left out: SwiftShader was not found. On Debian: apt-get install chromium libvulkan1." };
	}
	if (!existsSync("/usr/lib/x86_64-linux-gnu/libvulkan.so.1") && !existsSync("/usr/lib64/libvulkan.so.1")) {
		return { leftOut: "Left out: the Vulkan loader libvulkan.so.1 is missing. On Debian: apt-get install libvulkan1." };
	}
	const manifest = join(folder, "vk_swiftshader_icd.json");
	const runtime = join(tmpdir(), "maskwright-test-runtime");
	mkdirSync(runtime, { recursive: true, mode: 0o700 });
	return { env: { VK_ICD_FILENAMES: manifest, VK_DRIVER_FILES: manifest, XDG_RUNTIME_DIR: runtime } };
}
