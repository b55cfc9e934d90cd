#pragma once
// sandbox: interception, launcher, components and throw-away services.
