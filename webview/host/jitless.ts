import * as z from "zod";

// A page without 'unsafe-eval' cannot compile checks; zod must not try, and must know before the first schema is made.
z.config({ jitless: true });
