#pragma once
// plan: which experiments to run, in which order, within a budget.
