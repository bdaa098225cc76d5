import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A few files of code that stand for a workspace. */
const files: Readonly<Record<string, string>> = {
	"src/server/http.py": `import socket


class HTTPServer:
    """Listens for requests."""

    def listen(self, port):
        """Open a socket and wait for connections."""
        self.socket = socket.create_server(("", port))
        return self.accept_connections(self.socket)

    def accept_connections(self, server):
        while True:
            connection, address = server.accept()
            self.handle_request(connection, address)


def parse_headers(lines):
    """Parse the header lines of a request into a dictionary."""
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers
`,
	"src/queue.ts": `/** Takes the next job that is due out of the queue. */
export function takeNextJob(queue: Job[], now: number): Job | undefined {
	const at = queue.findIndex((job) => job.due <= now);
	return at < 0 ? undefined : queue.splice(at, 1)[0];
}

export class RetryPolicy {
	/** How long to wait before an attempt, doubled each time. */
	waitBefore(attempt: number): number {
		return Math.min(this.longest, this.first * 2 ** attempt);
	}
}
`,
	"lib/math/matrix.go": `package math

// Transpose returns the matrix with rows and columns exchanged.
func Transpose(m [][]float64) [][]float64 {
	result := make([][]float64, len(m[0]))
	for column := range m[0] {
		for row := range m {
			result[column] = append(result[column], m[row][column])
		}
	}
	return result
}
`,
	"test/queue.test.ts": `import { takeNextJob } from "../src/queue";

export function testTakesTheEarliest(): void {
	const queue = [{ due: 3 }, { due: 1 }];
	assert(takeNextJob(queue, 2).due === 1);
}
`,
};

/** Writes files below a folder, by default the sample. */
export function writeFiles(folder: string, texts: Readonly<Record<string, string>> = files): void {
	for (const [path, text] of Object.entries(texts)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	}
}
