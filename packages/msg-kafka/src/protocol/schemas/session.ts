/** Messages about a connection: versions and login. The notation is explained in `schema.ts`. */
export const sessionMessages = `
ApiVersions 18 0-4 flexible 3+
  request
    clientSoftwareName string 3+
    clientSoftwareVersion string 3+
  response
    errorCode int16
    apiKeys []{}
      apiKey int16
      minVersion int16
      maxVersion int16
    throttleTimeMs int32 1+
    supportedFeatures []{} #0 3+
      name string
      minVersion int16
      maxVersion int16
    finalizedFeaturesEpoch int64 #1 3+
    finalizedFeatures []{} #2 3+
      name string
      maxVersionLevel int16
      minVersionLevel int16
    zkMigrationReady bool #3 3+
SaslHandshake 17 0-1 rigid
  request
    mechanism string
  response
    errorCode int16
    mechanisms []string
SaslAuthenticate 36 0-2 flexible 2+
  request
    authBytes bytes
  response
    errorCode int16
    errorMessage string?
    authBytes bytes
    sessionLifetimeMs int64 1+
`
