#pragma once
// scan: harmless questions to the application outside the load, and secrets in its files.
