/** Messages about producers with an id: idempotence and transactions. The notation is explained in `schema.ts`. */
export const transactionsMessages = `
InitProducerId 22 0-6 flexible 2+
  request
    transactionalId string?
    transactionTimeoutMs int32
    producerId int64 3+
    producerEpoch int16 3+
    enable2Pc bool 6+
    keepPreparedTxn bool 6+
  response
    throttleTimeMs int32
    errorCode int16
    producerId int64
    producerEpoch int16
    ongoingTxnProducerId int64 6+
    ongoingTxnProducerEpoch int16 6+
AddPartitionsToTxn 24 0-5 flexible 3+
  request
    transactions []{} 4+
      transactionalId string
      producerId int64
      producerEpoch int16
      verifyOnly bool
      topics []{}
        name string
        partitions []int32
    v3AndBelowTransactionalId string 0-3
    v3AndBelowProducerId int64 0-3
    v3AndBelowProducerEpoch int16 0-3
    v3AndBelowTopics []{} 0-3
      name string
      partitions []int32
  response
    throttleTimeMs int32
    errorCode int16 4+
    resultsByTransaction []{} 4+
      transactionalId string
      topicResults []{}
        name string
        resultsByPartition []{}
          partitionIndex int32
          partitionErrorCode int16
    resultsByTopicV3AndBelow []{} 0-3
      name string
      resultsByPartition []{}
        partitionIndex int32
        partitionErrorCode int16
AddOffsetsToTxn 25 0-4 flexible 3+
  request
    transactionalId string
    producerId int64
    producerEpoch int16
    groupId string
  response
    throttleTimeMs int32
    errorCode int16
EndTxn 26 0-5 flexible 3+
  request
    transactionalId string
    producerId int64
    producerEpoch int16
    committed bool
  response
    throttleTimeMs int32
    errorCode int16
    producerId int64 5+
    producerEpoch int16 5+
TxnOffsetCommit 28 0-5 flexible 3+
  request
    transactionalId string
    groupId string
    producerId int64
    producerEpoch int16
    generationId int32 3+
    memberId string 3+
    groupInstanceId string? 3+
    topics []{}
      name string
      partitions []{}
        partitionIndex int32
        committedOffset int64
        committedLeaderEpoch int32 2+
        committedMetadata string?
  response
    throttleTimeMs int32
    topics []{}
      name string
      partitions []{}
        partitionIndex int32
        errorCode int16
DescribeProducers 61 0 flexible 0+
  request
    topics []{}
      name string
      partitionIndexes []int32
  response
    throttleTimeMs int32
    topics []{}
      name string
      partitions []{}
        partitionIndex int32
        errorCode int16
        errorMessage string?
        activeProducers []{}
          producerId int64
          producerEpoch int32
          lastSequence int32
          lastTimestamp int64
          coordinatorEpoch int32
          currentTxnStartOffset int64
DescribeTransactions 65 0 flexible 0+
  request
    transactionalIds []string
  response
    throttleTimeMs int32
    transactionStates []{}
      errorCode int16
      transactionalId string
      transactionState string
      transactionTimeoutMs int32
      transactionStartTimeMs int64
      producerId int64
      producerEpoch int16
      topics []{}
        topic string
        partitions []int32
ListTransactions 66 0-2 flexible 0+
  request
    stateFilters []string
    producerIdFilters []int64
    durationFilter int64 1+
    transactionalIdPattern string? 2+
  response
    throttleTimeMs int32
    errorCode int16
    unknownStateFilters []string
    transactionStates []{}
      transactionalId string
      producerId int64
      transactionState string
`
