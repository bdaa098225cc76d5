/**
 * Names the graphics adapter in use by the driver that the process has loaded, after a
 * session ran on it. onnxruntime-node 1.30.0 tells neither the adapter's name nor its kind,
 * in no log, error or property; the driver's library is what can be seen. Several drivers
 * may be loaded though only one has a device, so whether an adapter is software is also
 * judged by its speed.
 */
export function adapterOf(libraries: readonly string[]): { name: string; software: boolean } | undefined {
	const found = drivers.filter((driver) => libraries.some((path) => driver.library.test(path)));
	const hardware = found.filter((driver) => !driver.software);
	const shown = hardware.length > 0 ? hardware : found;
	if (shown.length === 0) return undefined;
	return { name: [...new Set(shown.map((driver) => driver.name))].join(" or "), software: hardware.length === 0 };
}

/** The shared libraries that this process has loaded. */
export function loadedLibraries(): string[] {
	if (process.report === undefined) return [];
	const report: unknown = process.report.getReport();
	const libraries =
		typeof report === "object" && report !== null && "sharedObjects" in report ? report.sharedObjects : [];
	return Array.isArray(libraries) ? libraries.filter((path) => typeof path === "string") : [];
}

/** User-mode graphics drivers by the file that each operating system loads for them. */
const drivers: readonly { library: RegExp; name: string; software: boolean }[] = [
	{ library: /vk_swiftshader/i, name: "SwiftShader", software: true },
	{ library: /vulkan_lvp/i, name: "llvmpipe", software: true },
	{ library: /d3d10warp/i, name: "WARP", software: true },
	{
		library: /libGLX_nvidia|libnvidia-(glcore|eglcore|vulkan)|libcuda\.so|nvwgf2umx|nvoglv|nvcuda/i,
		name: "NVIDIA",
		software: false,
	},
	{ library: /vulkan_nouveau/i, name: "NVIDIA (nouveau)", software: false },
	{ library: /vulkan_radeon|amdvlk|amdxc|atidxx|amdxx/i, name: "AMD", software: false },
	{ library: /vulkan_intel|igd\d+um|igc64|igvk|AppleIntel/i, name: "Intel", software: false },
	{ library: /AGXMetal/, name: "Apple", software: false },
];
