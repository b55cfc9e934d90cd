#pragma once
// report: one structure, many writers.
