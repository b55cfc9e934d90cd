#pragma once
// verdict: from findings and policy to outcomes and an exit code.
