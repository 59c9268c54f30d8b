/** The published service config of the contract. Written by scripts/generate.mjs; do not edit. */
export const SERVICE_CONFIG = {
  "methodConfig": [
    {
      "name": [
        {
          "service": "pointsman.v1.RouterService"
        },
        {
          "service": "pointsman.v1.FeedbackService"
        },
        {
          "service": "pointsman.v1.AdminService"
        }
      ],
      "waitForReady": true,
      "timeout": "600s",
      "retryPolicy": {
        "maxAttempts": 5,
        "initialBackoff": "1s",
        "maxBackoff": "8s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": [
          "UNAVAILABLE"
        ]
      }
    }
  ],
  "retryThrottling": {
    "maxTokens": 10,
    "tokenRatio": 0.1
  }
} as const;
